/** Who is recovered, and what a recovery does, however often it is tried. */
import { afterAll, afterEach, beforeEach, expect, test } from "vitest";
import { limits } from "../../../src/core/limits.ts";
import { staleEntries } from "../../../src/db/statements/entries/stale.ts";
import { findTask } from "../../../src/engine/find-task.ts";
import { advance } from "../../../src/rounds/advance.ts";
import { taskRegistry } from "../../../src/tasks/registry.ts";
import { count, type TestClock, testClock, type World, world } from "../../support/builders.ts";
import { closeTestServer, openTestDatabase, type TestDatabase } from "../../support/database.ts";
import { type InProcess, inProcess } from "../../support/in-process.ts";

let db: TestDatabase;
let clock: TestClock;
let run: InProcess;
beforeEach(async () => {
  db = await openTestDatabase();
  clock = await testClock(db.query);
  run = inProcess(db.query);
});
afterEach(() => db.close());
afterAll(closeTestServer);

test("all stale entries count for the verdict that the outage is ours, also those that one run does not recover", async () => {
  const cup = await world(db.query, { entries: 12 });
  await clock.set(cup.due(3));
  await advance(run.ports, cup.id);
  await clock.set(cup.due(3) + 1000);
  expect(await staleEntries(db.query, 2)).toMatchObject({ live: 12, stale_count: 12, stale: [{}, {}] });
  expect(await run.runTask("recover_crashed_agents")).toMatchObject({
    result: { stale: 12, recovering: 0, verdict: "outage_of_ours" },
  });
  expect(await count(db.query, "tasks where name = 'recover_agent_state'")).toBe(0);
});

test("only who owes a decision and is silent is recovered, once however often it is found", async () => {
  const cup = await world(db.query, { entries: 8 });
  await clock.set(cup.due(3));
  await advance(run.ports, cup.id);
  run.queued.push({
    queue: "agents",
    message: { type: "decide", tournament_id: cup.id, entry_ids: cup.entries.slice(1).map((e) => e.id) },
  });
  await run.drain();
  for (const _ of [1, 2]) {
    await run.runTask("recover_crashed_agents");
    expect(await count(db.query, "tasks where name = 'recover_agent_state'")).toBe(1);
  }
  const [task] = await db.query<{ id: string; entry_id: string }>(
    `select id, entry_id from tasks where name = 'recover_agent_state'`,
  );
  expect(task?.entry_id).toBe(cup.entries[0]?.id);
});

test("a recovery whose attempt repeats raises once, and sends the decision that is owed", async () => {
  const cup = await world(db.query, { entries: 2 });
  await clock.set(cup.due(0));
  await advance(run.ports, cup.id);
  const entry = cup.entries[0];
  if (!entry) throw new Error("no entry");
  let resets = 1;
  const agent = run.ports.agent;
  const ports = {
    ...run.ports,
    agent: (id: string) => ({
      ...agent(id),
      restore: async () => {
        if (resets-- > 0) throw Object.assign(new Error("reset"), { retryable: true });
      },
    }),
  };
  const recover = findTask(taskRegistry, "recover_agent_state");
  const args = { tournament_id: cup.id, agent_id: entry.agentId, cause: "operator" };
  const attempt = {
    taskId: (await run.ports.enqueue("recover_agent_state", args)).taskId,
    attempt: 1,
    token: "",
    key: `recover:${entry.id}:0`,
    signal: new AbortController().signal,
    progress: () => {},
  };
  await expect(recover?.run(args, ports, attempt)).rejects.toThrow("reset");
  expect(await recover?.run(args, ports, attempt)).toMatchObject({
    kind: "success",
    result: { from_version: 0, version: 1, recoveries: 1, owed_decision: true },
  });
  expect(run.queued.map(({ message }) => message).filter(({ type }) => type === "decide")).toEqual([
    { type: "decide", tournament_id: cup.id, entry_ids: [entry.id] },
  ]);
});

test("a recovery that ended in vain does not stand in the way of the next one", async () => {
  const cup = await world(db.query, { entries: 1 });
  const args = { tournament_id: cup.id, agent_id: cup.entries[0]?.agentId };
  const { taskId } = await run.ports.enqueue("recover_agent_state", args);
  await db.query(`update tasks set state = 'REVOKED', finished_at = agonus_now()`);
  const again = await run.ports.enqueue("recover_agent_state", args);
  expect(again.taskId).not.toBe(taskId);
  expect((await run.ports.enqueue("recover_agent_state", args)).taskId).toBe(again.taskId);
  await run.drain();
  expect(await db.query(`select recoveries, version from entries`)).toEqual([{ recoveries: 1, version: 1 }]);
});

const owe = async (cup: World, number: number) => {
  await clock.set(cup.due(number));
  await advance(run.ports, cup.id);
  await clock.add(1000);
};
const decided = async (cup: World, entries: readonly { id: string }[]) => {
  run.queued.push({
    queue: "agents",
    message: { type: "decide", tournament_id: cup.id, entry_ids: entries.map((e) => e.id) },
  });
  await run.drain();
};
const at = (ms: number) => new Date(ms).toISOString();

test("a long pause is no silence: right after it, and at a first round of entries that joined long before, nobody is stale", async () => {
  const cup = await world(db.query, { entries: 3 });
  // A large field beside it, so that these three would not pass for an outage.
  await world(db.query, { entries: 30, status: "live", startsAt: cup.due(11) });
  await owe(cup, 0);
  await decided(cup, cup.entries);
  await db.query(`update tournaments set paused_at = $2, resumed_at = $3 where id = $1`, [
    ...[cup.id, at(cup.due(1)), at(cup.due(8) - 20_000)],
  ]);
  await owe(cup, 8);
  expect(await staleEntries(db.query, 500)).toMatchObject({ live: 33, stale_count: 0 });
  await clock.add(600_000);
  await db.query(`update rounds set deadline_at = 'infinity' where state = 'open'`);
  expect(await staleEntries(db.query, 500)).toMatchObject({ stale_count: 3 });

  const early = await world(db.query, { entries: 2, startsAt: cup.due(20) });
  await db.query(`update entries set joined_at = $2 where tournament_id = $1`, [early.id, at(cup.due(0))]);
  await db.query(`update rounds set state = 'skipped', skip_reason = 'test' where state = 'open'`);
  await owe(early, 0);
  expect(await staleEntries(db.query, 500)).toMatchObject({ stale_count: 0 });
});

test("one that thinks, or whose own attempts failed, is not taken for crashed", async () => {
  const cup = await world(db.query, { entries: 6, strategy: "no such strategy" });
  const [thinker] = cup.entries;
  await db.query(`update entries set thinking_seconds = 60 where id = $1`, [thinker?.id]);
  await owe(cup, 3);
  expect(await staleEntries(db.query, 500)).toMatchObject({ stale_count: 6 });
  await decided(cup, cup.entries.slice(0, 2));
  expect(await db.query(`select state from tasks order by state`)).toEqual([{ state: "RETRY" }, { state: "STARTED" }]);
  expect(await staleEntries(db.query, 500)).toMatchObject({ stale_count: 4 });
});

test("an entry that was just recovered is given time to answer: the next look does not recover it again", async () => {
  const cup = await world(db.query, { entries: 8 });
  await owe(cup, 3);
  await decided(cup, cup.entries.slice(1));
  for (const recovering of [1, 0]) {
    expect(await run.runTask("recover_crashed_agents")).toMatchObject({ result: { recovering } });
    await db.query(`update rounds set deadline_at = 'infinity' where state = 'open'`);
    run.queued.length = 0;
    await run.ports.send("recovery", [
      {
        type: "tasks",
        task_ids: (await db.query<{ id: string }>(`select id from tasks where name = 'recover_agent_state'`)).map(
          ({ id }) => id,
        ),
      },
    ]);
    await run.drain(1);
    await clock.add(120_000);
  }
  expect(await db.query(`select distinct recoveries from entries order by 1`)).toEqual([
    { recoveries: 0 },
    { recoveries: 1 },
  ]);
  await clock.add(600_000);
  expect((await staleEntries(db.query, 500)).stale.map(({ id }) => id)).toContain(cup.entries[0]?.id);
});

test.each([
  ...[
    [1, 1, "crashed"],
    [2, 1, "crashed"],
    [2, 2, "outage_of_ours"],
    [4, 1, "crashed"],
    [9, 2, "outage_of_ours"],
    [10, 2, "crashed"],
    [10, 3, "outage_of_ours"],
  ],
] as const)("of %i entries %i silent ones are: %s", async (entries, silent, verdict) => {
  const cup = await world(db.query, { entries });
  await owe(cup, 3);
  if (silent < entries) await decided(cup, cup.entries.slice(silent));
  const recovering = verdict === "crashed" ? silent : 0;
  expect(await run.runTask("recover_crashed_agents")).toMatchObject({
    result: { live: entries, stale: silent, recovering, verdict },
  });
  expect(await count(db.query, "recoveries")).toBe(recovering);
});

test("a storm is bounded: 500 a run, those that wait already last, and no second row of anybody", async () => {
  const cup = await world(db.query, { entries: 2600 });
  await owe(cup, 3);
  const [stale, healthy] = [cup.entries.slice(0, 510), cup.entries.slice(510)];
  await db.query(
    `insert into decisions (round_id, entry_id, outcome, order_count, version, details_hash)
     select r.id, e.id, 'held', 0, 0, '' from rounds r, unnest($1::uuid[]) e(id) where r.state = 'open'`,
    [healthy.map(({ id }) => id)],
  );
  expect(await run.runTask("recover_crashed_agents")).toMatchObject({ result: { stale: 510, recovering: 500 } });
  expect(await count(db.query, "recoveries where cause = 'stale'")).toBe(500);
  expect(run.queued.filter(({ queue }) => queue === "recovery")).toHaveLength(500 / limits.messageIdsMax);
  const waiting = new Set(
    (await db.query<{ id: string }>(`select entry_id as id from recoveries`)).map(({ id }) => id),
  );
  const next = await staleEntries(db.query, 10);
  expect(next.stale.map(({ id }) => id)).toEqual(stale.filter(({ id }) => !waiting.has(id)).map(({ id }) => id));
  expect(next.stale_count).toBe(510);
}, 240_000);
