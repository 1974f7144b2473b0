/** Every recovery is a row: once, whole, and measured against the objective. */
import { uuidv7 } from "uuidv7";
import { afterAll, beforeEach, expect, test } from "vitest";
import type { Query } from "../../../src/db/query.ts";
import { countPrevented } from "../../../src/db/statements/decisions/prevented.ts";
import { listRecoveries } from "../../../src/db/statements/recoveries/list.ts";
import { readRecoverySummary } from "../../../src/db/statements/recoveries/summary.ts";
import { deleteOld } from "../../../src/db/statements/retention/rest.ts";
import { claimTasks } from "../../../src/db/statements/tasks/claim.ts";
import { deleteTournament } from "../../../src/db/statements/tournaments/delete.ts";
import { sweep } from "../../../src/engine/sweep.ts";
import { advance } from "../../../src/rounds/advance.ts";
import { roundHandlers } from "../../../src/rounds/messages/handlers.ts";
import type { LoopPlan } from "../../../src/rounds/ports.ts";
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
  return () => db.close();
});
afterAll(closeTestServer);

const rows = (query: Query = db.query) =>
  query<Record<string, unknown>>(
    `select v.cause, r.number as round, date_part('epoch', v.detected_at - v.interrupted_at) as away_before,
       date_part('epoch', v.restored_at - v.detected_at) as restored, date_part('epoch', v.resumed_at - v.detected_at) as resumed,
       v.from_version, v.to_version, v.duplicates_prevented as prevented
     from recoveries v left join rounds r on r.id = v.round_id order by v.id`,
  );
const only = (cup: World) => {
  const [entry] = cup.entries;
  if (!entry) throw new Error("no entry");
  return entry;
};
const decide = (cup: World, entries = cup.entries.map(({ id }) => id)) =>
  run.ports.send("agents", [{ type: "decide", tournament_id: cup.id, entry_ids: entries }]);
async function openRound(cup: World, number = 0, afterMs = 0): Promise<string> {
  await clock.set(cup.due(number) + afterMs);
  await advance(run.ports, cup.id);
  const [round] = await db.query<{ id: string }>(`select id from rounds where number = $1 and state = 'open'`, [
    number,
  ]);
  if (!round) throw new Error("no open round");
  return round.id;
}

test.each(["operator", "stale", "alarm"] as const)(
  "a recovery (%s) is one row: asked for, restored from a version to the next, resumed with the owed decision",
  async (cause) => {
    const cup = await world(db.query, { entries: 2 });
    await openRound(cup);
    const args = { tournament_id: cup.id, agent_id: only(cup).agentId, cause };
    const { taskId } = await run.ports.enqueue("recover_agent_state", args);
    await clock.add(2000);
    expect((await run.ports.enqueue("recover_agent_state", args)).taskId).toBe(taskId);
    expect(await rows()).toMatchObject([{ cause, round: 0, restored: null, resumed: null }]);
    await run.drain(1);
    expect(await rows()).toMatchObject([{ restored: 2, resumed: null, from_version: 0, to_version: 1 }]);
    await clock.add(1000);
    await decide(cup);
    await run.drain();
    await decide(cup);
    await run.drain();
    expect(await rows()).toMatchObject([
      { cause, round: 0, restored: 2, resumed: 3, from_version: 0, to_version: 1, prevented: 0 },
    ]);
    const [task] = await db.query<{ result: unknown }>(`select result from tasks where id = $1`, [taskId]);
    expect(task?.result).toMatchObject({
      cause,
      from_version: 0,
      version: 1,
      recoveries: 1,
      owed_decision: true,
      sent: true,
      round: 0,
      restored: { cash: "500", positions: {}, trades: 0, memory: false },
    });
    expect(Number(Object(task?.result).took_ms)).toBeGreaterThanOrEqual(2000);
  },
);

test("a recovery with nothing owed is through when it is restored, and asks for nothing", async () => {
  const cup = await world(db.query, { entries: 1 });
  await openRound(cup);
  await decide(cup);
  await run.drain();
  const { taskId } = await run.ports.enqueue("recover_agent_state", {
    tournament_id: cup.id,
    agent_id: only(cup).agentId,
  });
  await run.drain();
  expect(await rows()).toMatchObject([{ cause: "operator", round: null, restored: 0, resumed: null }]);
  expect(
    await db.query(`select result->'sent' as sent, result->'round' as round from tasks where id = $1`, [taskId]),
  ).toEqual([{ sent: false, round: null }]);
});

/** An outside agent whose task is claimed, as its consumer leaves it when it dies. */
async function thinking(cup: World): Promise<string> {
  await openRound(cup);
  await run.drain();
  const [task] = await db.query<{ id: string; state: string }>(`select id, state from tasks`);
  expect(task?.state).toBe("STARTED");
  return task?.id ?? "";
}

test("a decision whose lease was swept is one recovery however often it is lost, from the last heartbeat to the decision", async () => {
  const cup = await world(db.query, { entries: 1, thinkingSeconds: 1 });
  const id = await thinking(cup);
  for (const lost of [1, 2]) {
    await clock.add(60_000);
    await sweep(run.ports, []);
    await sweep(run.ports, []);
    expect(await rows(), `lost ${lost} times`).toHaveLength(1);
    run.queued.length = 0;
    await claimTasks(db.query, [id], uuidv7(), 20, "test");
  }
  await clock.add(5000);
  await db.query(`update entries set thinking_seconds = null`);
  await decide(cup);
  await run.drain();
  expect(await rows()).toMatchObject([
    { cause: "lease", round: 0, away_before: 60, restored: 0, resumed: 65, from_version: null },
  ]);
  expect(await db.query(`select state from tasks where id = $1`, [id])).toEqual([{ state: "SUCCESS" }]);
});

test("a lease that another claim takes over is a recovery too, restored at once; its own repeated claim is none", async () => {
  const cup = await world(db.query, { entries: 1, thinkingSeconds: 1 });
  const id = await thinking(cup);
  await clock.add(60_000);
  const token = uuidv7();
  for (const _ of [1, 2]) expect(await claimTasks(db.query, [id], token, 20, "test")).toHaveLength(1);
  expect(await rows()).toMatchObject([{ cause: "lease", round: 0, away_before: 60, restored: 0, resumed: null }]);
});

test("a task that was cancelled, or that is no agent's, is not recovered when its lease is lost", async () => {
  const cup = await world(db.query, { entries: 1, thinkingSeconds: 1 });
  await thinking(cup);
  await db.query(`update tasks set cancel_requested = true`);
  const { taskId } = await run.ports.enqueue("update_tournament_rankings", {});
  await claimTasks(db.query, [taskId], uuidv7(), 20, "test");
  await clock.add(60_000);
  await sweep(run.ports, []);
  expect(await db.query(`select state from tasks order by id`)).toEqual([{ state: "REVOKED" }, { state: "RETRY" }]);
  expect(await count(db.query, "recoveries")).toBe(0);
});

test("a decision that is sent again is one recovery an entry and round, however often it is sent", async () => {
  const cup = await world(db.query, { entries: 3 });
  await openRound(cup, 1);
  expect(await count(db.query, "recoveries")).toBe(0);
  const [silent = "", ...others] = cup.entries.map(({ id }) => id);
  await decide(cup, others);
  await run.drain();
  for (const after of [25_000, 40_000, 55_000]) {
    await clock.set(cup.due(1) + after);
    await advance(run.ports, cup.id);
  }
  expect(await rows()).toMatchObject([{ cause: "resent", round: 1, restored: null, resumed: null }]);
  await decide(cup, [silent]);
  await run.drain();
  expect(await rows()).toMatchObject([{ cause: "resent", resumed: 30 }]);
});

test("a decision that came by its first message was late, not lost: it is no recovery, and neither listed nor counted", async () => {
  const cup = await world(db.query, { entries: 2 });
  await openRound(cup, 1);
  const [slow = "", lost = ""] = cup.entries.map(({ id }) => id);
  await clock.add(25_000);
  await advance(run.ports, cup.id);
  expect(await count(db.query, "recoveries where cause = 'resent'")).toBe(2);
  const [again] = run.queued.splice(0);
  expect(again?.message).toMatchObject({ type: "decide", again: true });
  // The first message of one entry was only slow. That of the other one was lost: what was sent again brings it.
  await decide(cup, [slow]);
  await run.drain();
  if (again) await run.ports.send("agents", [again.message]);
  await clock.add(1000);
  await run.drain();
  expect(await db.query(`select entry_id as id, late from recoveries order by entry_id`)).toEqual(
    [slow, lost].sort().map((id) => ({ id, late: id === slow })),
  );
  const any = { tournamentId: null, agentId: null, cause: null, since: null };
  expect(await listRecoveries(db.query, any, null, 10)).toMatchObject([{ entry_id: lost, fate: "back" }]);
  expect(await readRecoverySummary(db.query, any)).toMatchObject({ recoveries: 1, judged: [1, 0] });
  expect(await count(db.query, "metric_deltas where metric = 'recoveries' and n = 1")).toBe(1);
});

test("an entry that a batch asks for by both messages was late", async () => {
  const cup = await world(db.query, { entries: 1 });
  await openRound(cup, 1);
  await clock.add(25_000);
  await advance(run.ports, cup.id);
  const first = { type: "decide", tournament_id: cup.id, entry_ids: [only(cup).id] } as const;
  const both = [{ ...first, again: true }, first];
  await roundHandlers.decide?.handle(run.ports, both, { afterwards: () => {} });
  expect(await db.query(`select late from recoveries`)).toEqual([{ late: true }]);
  // The row may also come just after the decision: what the round read was older than its lock.
  await db.query(`update recoveries set late = false, resumed_at = null`);
  const any = { tournamentId: null, agentId: null, cause: null, since: null };
  expect(await listRecoveries(db.query, any, null, 10)).toEqual([]);
});

test.each([
  ["30 s after", 30_000],
  // The message that arms the loops may not have come yet.
  ["just before", -100],
])("the first sending of a round is no recovery where its tournament began %s it was due", async (_, afterDue) => {
  const cup = await world(db.query, { entries: 3 });
  await db.query(`update tournaments set started_at = $1`, [new Date(cup.due(0) + afterDue).toISOString()]);
  await openRound(cup, 0, 30_000);
  expect(run.queued.map(({ message }) => message.type)).toEqual(["decide"]);
  expect(await count(db.query, "recoveries")).toBe(0);
  await clock.add(15_000);
  await advance(run.ports, cup.id);
  expect(await count(db.query, "recoveries where cause = 'resent'")).toBe(3);
});

test.each([
  ["live", 2],
  ["upcoming", 0],
] as const)(
  "who joins a tournament that is %s has %i loops armed with it: no decision waits to be sent again",
  async (status, loops) => {
    const cup = await world(db.query, { entries: 1, status });
    const agent = uuidv7();
    await db.query(`insert into agents (id, name, strategy_type, strategy) values ($1, 'Late', 'value', 'value')`, [
      agent,
    ]);
    const { agent: agentOf } = run.ports;
    const armed: string[] = [];
    Object.assign(run.ports, {
      agent: (id: string) => ({ ...agentOf(id), wake: async ({ entryId }: LoopPlan) => void armed.push(entryId) }),
    });
    const task = await run.runTask("initialize_tournament_agents", { tournament_id: cup.id, agent_ids: [agent] });
    expect(task).toMatchObject({ state: "SUCCESS", result: { joined: [agent] } });
    const entries = await db.query<{ id: string }>("select id from entries");
    expect(armed.toSorted()).toEqual(
      entries
        .map(({ id }) => id)
        .toSorted()
        .slice(0, loops),
    );
  },
);

test("what a replay sends again is no recovery: its time is not the clock's", async () => {
  const cup = await world(db.query, { entries: 2, market: "replay" });
  for (const _ of [1, 2, 3]) {
    await advance(run.ports, cup.id);
    await clock.add(30_000);
  }
  expect(await count(db.query, "rounds where sends > 1")).toBe(1);
  expect(await count(db.query, "recoveries")).toBe(0);
});

test("a decision's task whose message was lost is sent again by the sweep: the same recovery as the round's", async () => {
  const cup = await world(db.query, { entries: 1, thinkingSeconds: 1 });
  await openRound(cup);
  run.queued.length = 0;
  await clock.add(25_000);
  await sweep(run.ports, []);
  await advance(run.ports, cup.id);
  await clock.add(45_000);
  await sweep(run.ports, []);
  expect(await rows()).toMatchObject([{ cause: "resent", round: 0 }]);
});

test("answers that come late or again count for the entry's newest recovery of that round, once each", async () => {
  const cup = await world(db.query, { entries: 2 });
  const roundId = await openRound(cup);
  const entry = only(cup);
  await run.ports.enqueue("recover_agent_state", { tournament_id: cup.id, agent_id: entry.agentId });
  await run.drain(1);
  const answer = [{ entry_id: entry.id, details_hash: "another" }];
  await countPrevented(db.query, roundId, answer);
  expect((await rows())[0]?.prevented, "owed still, so it was none too many").toBe(0);
  await decide(cup);
  await run.drain();
  const [stored] = await db.query<{ details_hash: string }>(`select details_hash from decisions where entry_id = $1`, [
    entry.id,
  ]);
  await countPrevented(db.query, roundId, answer);
  await countPrevented(db.query, roundId, [{ entry_id: entry.id, details_hash: stored?.details_hash ?? "" }]);
  expect(await rows()).toMatchObject([{ prevented: 2 }]);
  expect(await db.query(`select prevented from entries where id = $1`, [entry.id])).toEqual([{ prevented: 1 }]);
});

test("a recovery's row comes and goes with what it describes: a statement that fails leaves none", async () => {
  const cup = await world(db.query, { entries: 1, thinkingSeconds: 1 });
  await thinking(cup);
  await clock.add(60_000);
  await db.session(async (query) => {
    await query("begin");
    await sweep({ ...run.ports, query }, []);
    expect(await rows(query)).toHaveLength(1);
    await query("rollback");
  });
  expect(await rows()).toEqual([]);
  expect(await count(db.query, "tasks where state = 'STARTED'")).toBe(1);
});

test("without its guard a lease that is lost twice before its task is home makes a second row", async () => {
  const [made] = await db.query<{ text: string }>(
    `select pg_get_functiondef('agonus_recovery_of_lease'::regproc) as text`,
  );
  const broken = made?.text.replace(
    "and not exists (select from recoveries v",
    "and exists (select 1 where true or exists (select from recoveries v",
  );
  expect(broken).not.toBe(made?.text);
  await db.query((broken ?? "").replace("is null end)", "is null end))"));
  const cup = await world(db.query, { entries: 1, thinkingSeconds: 1 });
  const id = await thinking(cup);
  for (const lost of [1, 2]) {
    await clock.add(60_000);
    await sweep(run.ports, []);
    expect(await rows()).toHaveLength(lost);
    await claimTasks(db.query, [id], uuidv7(), 20, "test");
  }
});

test("recoveries are kept for 30 days, and go with a tournament that is deleted", async () => {
  const cup = await world(db.query, { entries: 1, status: "upcoming" });
  const args = { tournament_id: cup.id, agent_id: only(cup).agentId };
  await run.ports.enqueue("recover_agent_state", args);
  await clock.add(29.9 * 86_400_000);
  await run.drain();
  await run.ports.enqueue("recover_agent_state", args);
  expect(await deleteOld(db.query, "recoveries", 100)).toBe(0);
  await clock.add(0.2 * 86_400_000);
  expect(await deleteOld(db.query, "recoveries", 100)).toBe(1);
  expect(await count(db.query, "recoveries")).toBe(1);
  expect(await deleteTournament(db.query, cup.id)).toBe(true);
  expect(await count(db.query, "recoveries")).toBe(0);
});
