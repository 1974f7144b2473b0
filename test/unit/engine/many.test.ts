/** Many tasks at once: one statement enqueues or ends them, with the same result as for each alone. */
import { uuidv7 } from "uuidv7";
import { afterAll, afterEach, beforeEach, expect, test, vi } from "vitest";
import { z } from "zod";
import { defaultRetry } from "../../../src/core/tasks/retry.ts";
import type { Query } from "../../../src/db/query.ts";
import { claimTasks } from "../../../src/db/statements/tasks/claim.ts";
import { insertTasks } from "../../../src/db/statements/tasks/insert-many.ts";
import { succeedTasks } from "../../../src/db/statements/tasks/succeed.ts";
import { consume } from "../../../src/engine/consume.ts";
import { enqueueTask, sharedPlainTasks } from "../../../src/engine/enqueue.ts";
import { enqueueMany } from "../../../src/engine/enqueue-many.ts";
import { defineTask, type Tasks } from "../../../src/engine/task.ts";
import { roundHandlers } from "../../../src/rounds/messages/handlers.ts";
import { closeTestServer, openTestDatabase, type TestDatabase } from "../../support/database.ts";
import { withTwin } from "../../support/guards.ts";
import { type InProcess, inProcess } from "../../support/in-process.ts";

let db: TestDatabase;
let run: InProcess;
beforeEach(async () => {
  db = await openTestDatabase();
  run = inProcess(db.query);
});
afterEach(async () => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
  await db.close();
});
afterAll(closeTestServer);

const double = defineTask({
  name: "double",
  description: "Doubles a number; what is odd shares a key.",
  queue: "agents",
  args: z.object({ n: z.number() }).strict(),
  result: z.object({ n: z.number(), text: z.string() }),
  retry: defaultRetry,
  softLimitSeconds: 5,
  hardLimitSeconds: 10,
  key: ({ n }) => (n % 2 === 1 ? "odd" : null),
  run: async ({ n }) => ({ kind: "success", result: { n: 2 * n, text: n === 4 ? "a \u0000 inside" : "fine" } }),
});
/** Its text may hold characters that PostgreSQL can't store; the arguments of our own tasks may not. */
const note = defineTask({
  name: "note",
  description: "Keeps a text.",
  queue: "agents",
  args: z.object({ text: z.string() }).strict(),
  result: z.object({}),
  retry: defaultRetry,
  softLimitSeconds: 5,
  hardLimitSeconds: 10,
  run: async () => ({ kind: "success", result: {} }),
});
const tasks: Tasks = { double };
const ports = (query: Query = db.query) => ({ ...run.ports, tasks, query });

test("many tasks are enqueued as each would be alone: one row an id, and only the first of those with the same key", async () => {
  const ids = await enqueueMany(ports(), "double", [{ n: 2 }, { n: 1 }, { n: 4 }, { n: 3 }]);
  expect(ids[3]).toBe(ids[1]);
  const rows = await db.query(
    "select id, name, queue, state, args, key, attempt, sends, history->0->>'why' as why from tasks order by id",
  );
  const row = (id: string | undefined, n: number, key: string | null = null) => ({
    id,
    name: "double",
    queue: "agents",
    state: "PENDING",
    args: { n },
    key,
    attempt: 0,
    sends: 1,
    why: "enqueued",
  });
  expect(rows).toEqual([row(ids[0], 2), row(ids[1], 1, "odd"), row(ids[2], 4)]);
  const sent = run.queued.flatMap(({ message }) => (message.type === "tasks" ? message.task_ids : []));
  expect([...new Set(sent)].sort()).toEqual(ids.slice(0, 3).sort());
  expect(await enqueueMany(ports(), "double", [{ n: 5 }])).toEqual([ids[1]]);
});

test("if one task's arguments are bad, none of the tasks is stored", async () => {
  await expect(enqueueMany(ports(), "double", [{ n: 2 }, { n: "x" }])).rejects.toMatchObject({ code: "task.bad_args" });
  await expect(enqueueMany(ports(), "triple", [{ n: 2 }])).rejects.toMatchObject({ code: "task.unknown_name" });
  expect(await db.query("select 1 from tasks")).toEqual([]);
});

test("concurrent enqueues share statements, and each gets its own task", async () => {
  // Nobody's patience ends here, or a slow machine would send more statements.
  const wait = globalThis.setTimeout;
  vi.stubGlobal("setTimeout", (work: () => void, ms = 0) => wait(work, ms === 0 ? 0 : 60_000));
  vi.spyOn(performance, "now").mockReturnValue(0);
  const inserts: string[] = [];
  const query: Query = (text, params) => {
    if (/insert into tasks/.test(text)) inserts.push(text);
    return db.query(text, params);
  };
  const one = { ...ports(query), plainTasks: sharedPlainTasks() };
  const asked = Array.from({ length: 60 }, (_, i) =>
    enqueueTask(one, "double", { n: 2 * i }, { correlationId: `request ${i % 2}` }),
  );
  const made = await Promise.all(asked);
  // The first two each got a statement, and all that came meanwhile share the next ones.
  expect(inserts.length).toBeLessThanOrEqual(4);
  const rows = await db.query<{ id: string; n: number; correlation_id: string }>(
    "select id, (args->>'n')::int as n, correlation_id from tasks",
  );
  expect(rows.sort((a, b) => a.n - b.n)).toEqual(
    made.map(({ taskId }, i) => ({ id: taskId, n: 2 * i, correlation_id: `request ${i % 2}` })),
  );
  for (const { message } of run.queued) {
    if (message.type !== "tasks") throw new Error("a message about something else");
    const own = rows.filter(({ id }) => message.task_ids.includes(id));
    expect(new Set(own.map((row) => row.correlation_id))).toEqual(new Set([message.correlation_id]));
  }
  expect(run.queued.flatMap(({ message }) => (message.type === "tasks" ? message.task_ids : [])).sort()).toEqual(
    rows.map(({ id }) => id).sort(),
  );
});

test("a task that can't be stored is refused alone, without the others that share its statement", async () => {
  const one = { ...ports(), tasks: { note }, plainTasks: sharedPlainTasks() };
  const told = await Promise.allSettled(
    Array.from({ length: 12 }, (_, n) => enqueueTask(one, "note", { text: n === 7 ? "a \u0000 inside" : "fine" })),
  );
  expect(told.flatMap(({ status }, n) => (status === "rejected" ? [n] : []))).toEqual([7]);
  expect(await db.query("select count(*)::int as n from tasks")).toEqual([{ n: 11 }]);
});

test("a repeat under a reserved id stores nothing and sends the task again", async () => {
  const id = uuidv7();
  const one = { ...ports(), plainTasks: sharedPlainTasks() };
  for (const _ of [1, 2]) expect((await enqueueTask(one, "double", { n: 2 }, { id })).taskId).toBe(id);
  expect(await db.query("select id from tasks")).toEqual([{ id }]);
  expect(run.queued.map(({ message }) => message)).toEqual([1, 2].map(() => ({ type: "tasks", task_ids: [id] })));
});

test("two statements that repeat the same tasks in different orders never wait for each other", async () => {
  const ids = [uuidv7(), uuidv7(), uuidv7()];
  const stored = (id: string) => ({
    id,
    name: "double",
    queue: "agents" as const,
    args: { n: 2 },
    maxAttempts: 1,
    correlationId: null,
    scope: null,
    subject: null,
    survivesLostLeases: false,
    key: null,
    by: "test",
  });
  const tasks = ids.map(stored);
  const made = await db.session(async (session) => {
    await session("begin");
    await insertTasks(session, tasks.slice(1, 2));
    const both = Promise.allSettled([insertTasks(db.query, tasks), insertTasks(db.query, [...tasks].reverse())]);
    await new Promise((resolve) => setTimeout(resolve, 300));
    await session("rollback");
    return both;
  });
  expect(made.map(({ status }) => status)).toEqual(["fulfilled", "fulfilled"]);
  expect(await db.query("select id from tasks order by id")).toEqual(ids.map((id) => ({ id })));
});

test("a repeat that waits for an earlier statement does not hold up the enqueues that share its own statement", async () => {
  const one = { ...ports(), plainTasks: sharedPlainTasks() };
  const id = uuidv7();
  await db.session(async (session) => {
    await session("begin");
    await enqueueTask({ ...one, query: session, plainTasks: sharedPlainTasks() }, "double", { n: 2 }, { id });
    const asked = [...Array(5).keys()].map((n) => enqueueTask(one, "double", { n: 10 + 2 * n }, n === 3 ? { id } : {}));
    await asked[0];
    await new Promise((resolve) => setTimeout(resolve, 1700));
    await session("commit");
    expect((await Promise.all(asked)).map(({ inserted }) => inserted)).toEqual([true, true, true, true, true]);
  });
  expect(await db.query("select count(*)::int as n from tasks")).toEqual([{ n: 5 }]);
});

test("tasks that succeed together are ended in one statement, each with its own result", async () => {
  const finishing: string[] = [];
  const query: Query = (text, params) => {
    if (/^\s*(with done|update tasks t set state = case)/.test(text)) finishing.push(text);
    return db.query(text, params);
  };
  const all = { ...run.ports, tasks };
  await enqueueMany(all, "double", [{ n: 2 }, { n: 4 }, { n: 6 }]);

  const bodies = run.queued.map(({ message }) => ({ id: uuidv7(), body: message, attempts: 1, ack() {}, retry() {} }));
  await consume({ ...all, query }, roundHandlers, "agonus-agents", bodies);
  expect(
    await db.query("select state, attempt, result, jsonb_array_length(history) as lines from tasks order by id"),
  ).toEqual(
    [4, 8, 12].map((n) => ({
      state: "SUCCESS",
      attempt: 1,
      result: { n, text: n === 8 ? "a  inside" : "fine" },
      lines: 3,
    })),
  );
  expect(finishing).toHaveLength(1);
});

test("after a refused statement each task is ended alone, and only the faulty one fails", async () => {
  const query: Query = (text, params) =>
    text.includes("with done")
      ? Promise.reject(Object.assign(new Error("deadlock detected"), { code: "40P01" }))
      : db.query(text, params);
  const all = { ...run.ports, tasks };
  await enqueueMany(all, "double", [{ n: 2 }, { n: 4 }]);

  const bodies = run.queued.map(({ message }) => ({ id: uuidv7(), body: message, attempts: 1, ack() {}, retry() {} }));
  await consume({ ...all, query }, roundHandlers, "agonus-agents", bodies);
  expect(await db.query("select distinct state from tasks")).toEqual([{ state: "SUCCESS" }]);
});

const endsTheOthers = async (query: Query) => {
  const ids = await enqueueMany(ports(), "double", [{ n: 2 }, { n: 4 }]);
  const [mine, other] = [uuidv7(), uuidv7()];
  await claimTasks(db.query, ids.slice(0, 1), mine, 20, "one");
  await claimTasks(db.query, ids.slice(1), other, 20, "another");
  const stored = await succeedTasks(
    query,
    mine,
    ids.map((id) => ({ id, result: {} })),
    "one",
  );
  return { ids, stored: [...stored] };
};

test("an attempt that another token holds is left alone", async () => {
  const { ids, stored } = await endsTheOthers(db.query);
  expect(stored).toEqual(ids.slice(0, 1));
});

test("without the guard on the token a superseded result is stored", async () => {
  const twin = withTwin(db.query, { guard: "succeed-token", broken: "$2::uuid is not null" });
  expect((await endsTheOthers(twin)).stored).toHaveLength(2);
});
