/** How the claim and the sweep respect a paused or limited queue. */
import { uuidv7 } from "uuidv7";
import { afterAll, afterEach, beforeEach, expect, test } from "vitest";
import type { Query } from "../../../src/db/query.ts";
import { limitQueue, pauseQueue, resumeQueue } from "../../../src/db/statements/queues/control.ts";
import { claimTasks } from "../../../src/db/statements/tasks/claim.ts";
import { finishTask } from "../../../src/db/statements/tasks/finish.ts";
import { sweep } from "../../../src/engine/sweep.ts";
import { type TestClock, testClock } from "../../support/builders.ts";
import { closeTestServer, openTestDatabase, type TestDatabase } from "../../support/database.ts";
import { withTwin } from "../../support/guards.ts";
import { type InProcess, inProcess } from "../../support/in-process.ts";
import { rewriteFunction, taskRow, taskRows } from "../../support/queue-rows.ts";

let db: TestDatabase;
let clock: TestClock;
let run: InProcess;
beforeEach(async () => {
  db = await openTestDatabase();
  clock = await testClock(db.query, Date.now());
  run = inProcess(db.query);
});
afterEach(() => db.close());
afterAll(closeTestServer);

const claim = async (ids: readonly string[], query: Query = db.query, token = uuidv7()) =>
  (await claimTasks(query, ids, token, 20, "worker test/000001")).map((task) => task.id).sort();
const done = { state: "SUCCESS", result: {}, error: null, afterMs: 0, givesAttemptBack: false, why: "done" } as const;
const states = () => db.query<{ state: string }>(`select state, count(*)::int as n from tasks group by 1 order by 1`);
const unsent = async () =>
  (await db.query<{ id: string }>(`select id from tasks where sent_at is null order by id`)).map((row) => row.id);
const sentIds = () => run.queued.flatMap(({ message }) => (message.type === "tasks" ? message.task_ids : []));

const pausedClaims = async (query: Query) => {
  const waiting = await taskRows(db.query, 2);
  const lost = await taskRow(db.query, { state: "STARTED", leaseIn: -1 });
  const elsewhere = await taskRow(db.query, { queue: "recovery" });
  await pauseQueue(db.query, "agents", "operator", "a test");
  return {
    ids: [...waiting, lost, elsewhere],
    waiting,
    elsewhere,
    claimed: await claim([...waiting, lost, elsewhere], query),
  };
};

test("no task of a paused queue is claimed, neither a waiting one nor one that lost its lease; other queues go on", async () => {
  const { claimed, elsewhere, waiting } = await pausedClaims(db.query);
  expect(claimed).toEqual([elsewhere]);
  expect(await unsent()).toEqual(waiting);
});

test.each([{ guard: "claim-paused" }, { guard: "claim-taken-paused" }])(
  "without its guard ($guard) a task of a paused queue is claimed",
  async (twin) => {
    const { claimed } = await pausedClaims(withTwin(db.query, twin));
    expect(claimed.length).toBeGreaterThan(1);
  },
);

test("an attempt that runs when its queue is paused goes on, repeats its own claim, and ends", async () => {
  const id = await taskRow(db.query);
  const token = uuidv7();
  expect(await claim([id], db.query, token)).toEqual([id]);
  await pauseQueue(db.query, "agents", "operator", null);
  expect(await claim([id], db.query, token)).toEqual([id]);
  expect(await finishTask(db.query, id, token, done, "test")).toBe(true);
});

const sweptWhilePaused = async (query: Query) => {
  await taskRows(db.query, 3, { sentIn: null, sends: 0 });
  const elsewhere = await taskRow(db.query, { queue: "recovery", sentIn: null, sends: 0 });
  await pauseQueue(db.query, "agents", "operator", null);
  await sweep({ ...run.ports, query }, []);
  return elsewhere;
};

test("the sweep sends nothing of a paused queue, and all of it once it is resumed", async () => {
  const elsewhere = await sweptWhilePaused(db.query);
  expect(sentIds()).toEqual([elsewhere]);
  expect(await resumeQueue(db.query, "agents")).toBe(true);
  await sweep(run.ports, []);
  expect(sentIds()).toHaveLength(4);
  await run.drain();
  expect(await states()).toEqual([{ state: "SUCCESS", n: 4 }]);
});

test("without its guard the sweep sends for a paused queue", async () => {
  await sweptWhilePaused(withTwin(db.query, { guard: "sweep-paused" }));
  expect(sentIds()).toHaveLength(4);
});

/** Eight claims of one task each at the same time, each delayed between counting and claiming. */
const racing = async () => {
  await rewriteFunction(db.query, "agonus_queue_room", "return greatest", "perform pg_sleep(0.1); return greatest");
  await limitQueue(db.query, "agents", 3);
  const ids = await taskRows(db.query, 8);
  await Promise.all(ids.map(() => db.query(`select pg_sleep(0.1)::text`)));
  await Promise.all(ids.map((id) => claim([id])));
  return (await db.query(`select 1 from tasks where state = 'STARTED'`)).length;
};

test("a limited queue never runs more than it may, however many claim at once", async () => {
  expect(await racing()).toBe(3);
});

test("without the lock on the queue, racing claims pass its limit", async () => {
  await rewriteFunction(db.query, "agonus_queue_room", "perform pg_advisory_xact_lock", "perform abs");
  expect(await racing()).toBeGreaterThan(3);
});

test("without a fresh snapshot after the lock, a claim does not count the claims before it", async () => {
  // A STABLE function sees its caller's snapshot, which is older than the lock.
  await rewriteFunction(db.query, "agonus_queue_room", "LANGUAGE plpgsql", "LANGUAGE plpgsql STABLE");
  expect(await racing()).toBeGreaterThan(3);
});

test("a limited queue runs as many tasks of one message as it has places, the earliest due first", async () => {
  await limitQueue(db.query, "agents", 2);
  const [late = "", early = "", middle = ""] = await Promise.all(
    [-1, -30, -20].map((dueIn) => taskRow(db.query, { dueIn })),
  );
  expect(await claim([late, early, middle])).toEqual([early, middle].sort());
  expect(await unsent()).toEqual([late]);
  expect(await claim([late])).toEqual([]);
});

test("without counting the places, a claim passes the limit", async () => {
  await limitQueue(db.query, "agents", 2);
  const ids = await taskRows(db.query, 3);
  const twin = { guard: "claim-places" };
  expect(await claim(ids, withTwin(db.query, twin))).toHaveLength(3);
});

test("a task over the limit runs as soon as a place is free, without a sweep, and each task runs once", async () => {
  await limitQueue(db.query, "agents", 1);
  for (let n = 0; n < 5; n++) await run.ports.enqueue("update_tournament_rankings", {}, { key: `task ${n}` });
  await run.drain();
  expect(await states()).toEqual([{ state: "SUCCESS", n: 5 }]);
  expect(await db.query(`select distinct attempt from tasks`)).toEqual([{ attempt: 1 }]);
});

test("the sweep sends as many tasks of a limited queue as it has places for, and all tasks of other queues", async () => {
  await limitQueue(db.query, "agents", 2);
  await taskRow(db.query, { state: "STARTED" });
  await taskRows(db.query, 5, { sentIn: null, sends: 0 });
  await taskRows(db.query, 3, { queue: "recovery", sentIn: null, sends: 0 });
  await sweep(run.ports, []);
  expect(run.queued.map(({ queue, message }) => [queue, message.type === "tasks" && message.task_ids.length])).toEqual([
    ["agents", 1],
    ["recovery", 3],
  ]);
});

test("tasks run at once when a limit is raised or removed, and a lower limit ends no running task", async () => {
  await limitQueue(db.query, "agents", 3);
  const ids = await taskRows(db.query, 5);
  expect(await claim(ids)).toHaveLength(3);
  await limitQueue(db.query, "agents", 1);
  await clock.add(1000);
  expect(await claim(ids)).toEqual([]);
  expect(await states()).toContainEqual({ state: "STARTED", n: 3 });
  await limitQueue(db.query, "agents", null);
  expect(await claim(ids)).toHaveLength(2);
});

test("a claim stores who claimed", async () => {
  const id = await taskRow(db.query);
  await claim([id]);
  expect(await db.query(`select consumer, history->-1->>'by' as by from tasks`)).toEqual([
    { consumer: "worker test/000001", by: "worker test/000001" },
  ]);
});
