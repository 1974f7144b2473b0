/** Outside agents: the round makes their tasks when it opens, and with a later sending those that are missing. */
import { afterAll, afterEach, beforeEach, expect, test } from "vitest";
import { advance } from "../../../src/rounds/advance.ts";
import { count, type TestClock, testClock, world } from "../../support/builders.ts";
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

const types = () => run.queued.map(({ message }) => message.type);
const tasksOf = () =>
  db.query<{ entry_id: string; state: string }>("select entry_id, state from tasks order by entry_id");
const pending = (ids: readonly string[]) => [...ids].sort().map((entry_id) => ({ entry_id, state: "PENDING" }));

/** Counts the statements that `work` sends. */
async function statementsOf(work: () => Promise<unknown>): Promise<number> {
  let sent = 0;
  const query: typeof db.query = (text, params) => {
    sent += 1;
    return db.query(text, params);
  };
  Object.assign(run.ports, { query });
  await work();
  Object.assign(run.ports, { query: db.query });
  return sent;
}

/** Lets the statement that makes tasks fail while the round opens. */
async function openWithoutTasks(cupId: string): Promise<void> {
  const query: typeof db.query = async (text, params) => {
    if (text.includes("insert into task_keys") && text.includes("insert into recoveries"))
      throw new Error("fetch failed");
    return db.query(text, params);
  };
  Object.assign(run.ports, { query });
  await expect(advance(run.ports, cupId)).rejects.toThrow("fetch failed");
  Object.assign(run.ports, { query: db.query });
  expect(await count(db.query, "rounds where state = 'open'")).toBe(1);
  expect(await tasksOf()).toEqual([]);
}

test("opening a round makes the tasks of all its outside agents in one statement and one message, and asks none of them", async () => {
  const cup = await world(db.query, { entries: 100, thinkingSeconds: 20 });
  await clock.set(cup.due(0));
  // Two looks, the market, the opening, and the tasks.
  expect(await statementsOf(() => advance(run.ports, cup.id))).toBe(5);
  expect(types()).toEqual(["tasks"]);
  expect(await tasksOf()).toEqual(pending(cup.entries.map(({ id }) => id)));
  const [task] = await db.query("select name, queue, args, key, max_attempts, sends, never_lost, history from tasks");
  const [round] = await db.query<{ id: string }>("select id from rounds");
  const [first] = cup.entries;
  expect(task).toMatchObject({
    name: "run_agent_decision",
    queue: "agents",
    max_attempts: 4,
    sends: 1,
    never_lost: false,
    args: { tournament_id: cup.id, recover_from_crash: true },
    key: expect.stringContaining(`decide:${round?.id}:`),
    history: [{ state: "PENDING", attempt: 0, why: "enqueued", by: "test", code_version: "test-version" }],
  });
  await run.drain();
  expect(await count(db.query, "tasks where state = 'STARTED'")).toBe(100);
  expect(first && (await count(db.query, "tasks where entry_id = $1", [first.id]))).toBe(1);
});

test("a round without outside agents makes no statement for them", async () => {
  const cup = await world(db.query, { entries: 3 });
  await clock.set(cup.due(0));
  expect(await statementsOf(() => advance(run.ports, cup.id))).toBe(4);
});

test("a lost enqueue is made up by the next sending, which records a recovery", async () => {
  const cup = await world(db.query, { entries: 3, thinkingSeconds: 20 });
  await db.query("update entries set joined_at = joined_at - interval '1 hour'");
  await db.query("update tournaments set started_at = started_at - interval '1 hour'");
  await clock.set(cup.due(0));
  await openWithoutTasks(cup.id);
  await clock.set(cup.due(0) + 25_000);
  await advance(run.ports, cup.id);
  const ids = cup.entries.map(({ id }) => id);
  expect(types()).toEqual(["tasks"]);
  expect(await tasksOf()).toEqual(pending(ids));
  expect(await count(db.query, "recoveries where cause = 'resent' and task_id is not null")).toBe(3);
  await clock.set(cup.due(0) + 40_000);
  await advance(run.ports, cup.id);
  expect(await tasksOf()).toEqual(pending(ids));
  expect(types()).toEqual(["tasks"]);
});

test("a replay's lost enqueue is made up, and the task is one that is never lost", async () => {
  const cup = await world(db.query, { market: "replay", entries: 2, rounds: 1, thinkingSeconds: 20 });
  await openWithoutTasks(cup.id);
  await advance(run.ports, cup.id);
  expect(await tasksOf()).toEqual(pending(cup.entries.map(({ id }) => id)));
  expect(await count(db.query, "tasks where never_lost")).toBe(2);
  expect(await count(db.query, "recoveries")).toBe(0);
});

test("an outside agent that joined while the round opened gets its task by the next sending, and it is no recovery", async () => {
  const cup = await world(db.query, { entries: 3, thinkingSeconds: 20 });
  const [late] = cup.entries;
  await db.query("update entries set first_round = 9 where id = $1", [late?.id]);
  await clock.set(cup.due(0));
  await advance(run.ports, cup.id);
  expect(await count(db.query, "tasks")).toBe(2);
  await db.query("update entries set first_round = 0, joined_at = agonus_now() where id = $1", [late?.id]);
  await db.query("update rounds set participants = 3");
  await clock.set(cup.due(0) + 25_000);
  await advance(run.ports, cup.id);
  expect(await tasksOf()).toEqual(pending(cup.entries.map(({ id }) => id)));
  expect(await count(db.query, "recoveries")).toBe(0);
});

test("a paused queue gets no tasks; after its end the round makes them", async () => {
  const cup = await world(db.query, { entries: 2, thinkingSeconds: 20 });
  await db.query(
    "insert into queue_controls (queue, paused_at, paused_by) values ('agents', agonus_now(), 'somebody')",
  );
  await clock.set(cup.due(0));
  await advance(run.ports, cup.id);
  await clock.set(cup.due(0) + 25_000);
  await advance(run.ports, cup.id);
  expect(await tasksOf()).toEqual([]);
  await db.query("update queue_controls set paused_at = null, paused_by = null");
  await clock.set(cup.due(0) + 40_000);
  await advance(run.ports, cup.id);
  expect(await tasksOf()).toEqual(pending(cup.entries.map(({ id }) => id)));
});

test("a message that names outside agents asks the others alone", async () => {
  const cup = await world(db.query, { entries: 3 });
  const [outside, ...house] = cup.entries.map(({ id }) => id).sort();
  await db.query("update entries set thinking_seconds = 20 where id = $1", [outside]);
  await clock.set(cup.due(0));
  await advance(run.ports, cup.id);
  run.queued.length = 0;
  const asked: string[] = [];
  const { agent } = run.ports;
  const heard = (id: string) => {
    asked.push(id);
    return agent(id);
  };
  Object.assign(run.ports, { agent: heard });
  const ids = cup.entries.map(({ id }) => id);
  run.queued.push({ queue: "agents", message: { type: "decide", tournament_id: cup.id, entry_ids: ids } });
  expect(await statementsOf(() => run.drain(1))).toBeGreaterThan(0);
  expect(asked.sort()).toEqual(house);
  expect(await count(db.query, "decisions")).toBe(2);
  expect(await tasksOf()).toContainEqual({ entry_id: outside, state: "PENDING" });
});

test("a live round's slices leave outside agents out, and wait for none of them", async () => {
  const cup = await world(db.query, { entries: 320 });
  const outside = cup.entries.filter((_, at) => at % 2 === 0).map(({ id }) => id);
  await db.query("update entries set thinking_seconds = 20 where id = any($1::uuid[])", [outside]);
  await clock.set(cup.due(0));
  await advance(run.ports, cup.id);
  const sent: string[] = [];
  for (let next = run.queued[0]; next; next = run.queued[0]) {
    if (next.message.type === "decide") sent.push(...next.message.entry_ids);
    await run.drain(1);
  }
  const house = cup.entries.map(({ id }) => id).filter((id) => !outside.includes(id));
  expect(sent.sort()).toEqual(house.sort());
  expect(await count(db.query, "decisions")).toBe(160);
  expect(await count(db.query, "tasks where state = 'STARTED'")).toBe(160);
  expect(await count(db.query, "recoveries")).toBe(0);
});
