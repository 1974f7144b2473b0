/** What goes wrong around a round, and what it must not take down with it. */
import { afterAll, afterEach, beforeEach, expect, test } from "vitest";
import { cancelTournament } from "../../src/db/statements/api-tournament-state.ts";
import { staleEntries } from "../../src/db/statements/entry-stale.ts";
import { advance } from "../../src/rounds/advance.ts";
import { joinEntries } from "../../src/rounds/join.ts";
import { pokeEntries } from "../../src/rounds/poke.ts";
import type { LoopPlan } from "../../src/rounds/ports.ts";
import { findTask } from "../../src/tasks/registry.ts";
import { count, START, type TestClock, testClock, type World, world } from "../builders.ts";
import { closeTestServer, openTestDatabase, type TestDatabase } from "../database.ts";
import { type InProcess, inProcess } from "../in-process.ts";

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

const decideAll = (cup: World) =>
  run.queued.push({
    queue: "agents",
    message: { type: "decide", tournament_id: cup.id, entry_ids: cup.entries.map((e) => e.id) },
  });
async function runTask(name: string, args: Record<string, unknown> = {}) {
  const { taskId } = await run.ports.enqueue(name, args);
  run.queued.length = 0;
  run.queued.push({ queue: "agents", message: { type: "tasks", task_ids: [taskId] } });
  await run.drain(1);
  const [task] = await db.query<{ state: string; result: Record<string, unknown> | null }>(
    `select state, result from tasks where id = $1`,
    [taskId],
  );
  return task;
}

test("an object that can't be reached keeps nobody else of its batch from deciding, and spends no attempt", async () => {
  const cup = await world(db.query, { entries: 4 });
  await clock.set(cup.due(0));
  await advance(run.ports, cup.id);
  run.answer(cup.entries[1]?.id ?? "", () => {
    throw new Error("Durable Object exceeded its memory limit");
  });
  decideAll(cup);
  await run.drain(20);
  expect(await count(db.query, "decisions")).toBe(3);
  expect(await count(db.query, "tasks where state <> 'SUCCESS'")).toBe(0);
});

test("a tournament that can't go on holds no other one back", async () => {
  const broken = await world(db.query);
  const sound = await world(db.query);
  await clock.set(START);
  for (const cup of [broken, sound]) await advance(run.ports, cup.id);
  await db.query(`delete from candles where source_id = $1 and open_at = to_timestamp($2::float8 / 1000)`, [
    broken.source,
    START,
  ]);
  await clock.set(START + 150_000);
  expect(await runTask("check_tournament_transitions")).toMatchObject({
    state: "SUCCESS",
    result: { advanced: 1, failed: 1 },
  });
  expect(await db.query(`select state from rounds where tournament_id = $1`, [sound.id])).toEqual([
    { state: "settled" },
  ]);
  expect(await runTask("run_all_live_tournament_agents")).toMatchObject({
    state: "SUCCESS",
    result: { tournaments: 2, failed: 1 },
  });
});

test("of more stale entries than one run recovers, all count for the verdict that the outage is ours", async () => {
  const cup = await world(db.query, { entries: 12 });
  await clock.set(cup.due(3));
  await advance(run.ports, cup.id);
  await clock.set(cup.due(3) + 1000);
  expect(await staleEntries(db.query, 2)).toMatchObject({ live: 12, stale_count: 12, stale: [{}, {}] });
  expect(await runTask("recover_crashed_agents")).toMatchObject({
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
    await runTask("recover_crashed_agents");
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
  const recover = findTask("recover_agent_state");
  const args = { tournament_id: cup.id, agent_id: entry.agentId, cause: "operator" };
  const attempt = {
    taskId: "",
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
  expect(run.queued.map(({ message }) => message)).toEqual([
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

test("a decision asked for in an hour is not bound to the round that is open now", async () => {
  const cup = await world(db.query, { entries: 1 });
  await clock.set(cup.due(0));
  await advance(run.ports, cup.id);
  await run.ports.enqueue(
    "run_agent_decision",
    { tournament_id: cup.id, agent_id: cup.entries[0]?.agentId },
    { countdownSeconds: 3600 },
  );
  decideAll(cup);
  await run.drain();
  expect(await db.query(`select state, key from tasks order by state`)).toEqual([
    { state: "PENDING", key: null },
    { state: "SUCCESS", key: null },
  ]);
});

test("a round that opened while a cancelling waited ends with the tournament", async () => {
  const cup = await world(db.query, { entries: 1 });
  await clock.set(cup.due(0));
  await db.session(async (session) => {
    await session("begin");
    await advance({ ...run.ports, query: session }, cup.id);
    const cancelling = cancelTournament(db.query, cup.id);
    await new Promise((resolve) => setTimeout(resolve, 200));
    await session("commit");
    await cancelling;
  });
  await advance(run.ports, cup.id);
  expect(await db.query(`select state, skip_reason from rounds`)).toEqual([
    { state: "skipped", skip_reason: "cancelled" },
  ]);
});

test("whoever joins while a round opens is counted among its participants", async () => {
  const cup = await world(db.query, { market: "replay", entries: 1 });
  const [agent] = await db.query<{ id: string }>(
    `insert into agents (id, name, strategy_type, strategy) values (gen_random_uuid(), 'late', 'value', 'cash') returning id`,
  );
  // The join commits while the opening waits for it; its own recount comes too early to see the round.
  await db.session(async (session) => {
    await session("begin");
    await joinEntries(
      {
        query: async (text, params) => (text.includes("set participants") ? [] : session(text, params)),
        newId: run.ports.newId,
      },
      cup.id,
      [agent?.id ?? ""],
    );
    const opening = advance(run.ports, cup.id);
    await new Promise((resolve) => setTimeout(resolve, 300));
    await session("commit");
    await opening;
  });
  expect(await db.query(`select number, state, participants from rounds`)).toEqual([
    { number: 0, state: "open", participants: 2 },
  ]);
});

test("the jitter of a loop is that of all entries of its tournament, not of a page of them", async () => {
  const cup = await world(db.query, { entries: 2600 });
  const plans: LoopPlan[] = [];
  const agent = run.ports.agent;
  let down = 1;
  const ports = {
    ...run.ports,
    agent: (id: string) => ({
      ...agent(id),
      poke: async (plan: LoopPlan) => {
        if (down-- > 0) throw new Error("overloaded");
        plans.push(plan);
      },
    }),
  };
  const live = {
    id: cup.id,
    market: "synthetic",
    interval_seconds: 300,
    starts_ms: cup.startsAt,
    ends_ms: cup.due(12),
  } as const;
  expect(await pokeEntries(ports, live)).toBe(2600);
  expect(plans).toHaveLength(2599);
  expect(new Set(plans.map((plan) => plan.jitterMs))).toEqual(new Set([1040]));
});
