/** The limits of one attempt. The engine runs tasks that this test adds. */
import { afterAll, afterEach, beforeEach, expect, test, vi } from "vitest";
import { z } from "zod";
import { CodedError, type ErrorCode } from "../../../src/core/error-codes.ts";
import { finalCodes } from "../../../src/core/tasks/retry.ts";
import { cancelTask } from "../../../src/db/statements/tasks/cancel.ts";
import { type Attempt, defineTask, type Outcome } from "../../../src/engine/task.ts";
import { taskRegistry } from "../../../src/tasks/registry.ts";
import { closeTestServer, openTestDatabase, type TestDatabase } from "../../support/database.ts";
import { inProcess } from "../../support/in-process.ts";

let db: TestDatabase;
beforeEach(async () => {
  db = await openTestDatabase();
});
afterEach(async () => {
  vi.useRealTimers();
  await db.close();
});
afterAll(closeTestServer);

type Handler = (attempt: Attempt, n: number) => Promise<Outcome>;

/** An engine with one more task in its catalogue. */
function engine(
  handler: Handler,
  limits: { soft?: number; hard?: number; retries?: number; never?: ErrorCode[] } = {},
) {
  const count = defineTask({
    name: "count_to",
    description: "Of this test.",
    queue: "agents",
    args: z.strictObject({ n: z.number().int().min(0) }),
    result: z.looseObject({}),
    retry: {
      retries: limits.retries ?? 1,
      baseSeconds: 0,
      factor: 1,
      capSeconds: 0,
      jitterFraction: 0,
      never: limits.never ?? finalCodes(),
    },
    softLimitSeconds: limits.soft ?? 300,
    hardLimitSeconds: limits.hard ?? 600,
    run: ({ n }, _ports, attempt) => handler(attempt, n),
  });
  const run = inProcess(db.query);
  Object.assign(run.ports, { tasks: { ...taskRegistry, count_to: count } });
  return run;
}

interface Row {
  state: string;
  attempt: number;
  result: Record<string, unknown> | null;
  error: { class: string; code: string; message: string; stack?: string; attempts: Record<string, unknown>[] } | null;
  signature: string | null;
  token: string | null;
  history: { state: string; attempt: number; why: string; by: string }[];
}
async function row(): Promise<Row> {
  const [found] = await db.query<Row & Record<string, unknown>>(`select * from tasks where name = 'count_to'`);
  if (!found) throw new Error("no task");
  return found;
}
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const success = (result: Record<string, unknown> = {}): Outcome => ({ kind: "success", result });

test("a task is added in twenty lines: enqueued by its name, parsed, run, and its result stored", async () => {
  const run = engine(async (_attempt, n) => success({ counted: n }));
  await run.ports.enqueue("count_to", { n: 3 });
  await run.drain();
  expect(await row()).toMatchObject({ state: "SUCCESS", result: { counted: 3 }, attempt: 1 });
  await expect(run.ports.enqueue("count_to", { n: -1 })).rejects.toMatchObject({ errors: [{ path: "args.n" }] });
  await expect(inProcess(db.query).ports.enqueue("count_to", { n: 3 })).rejects.toThrow("no task");
});

test("the soft limit warns, and a handler that heeds it may still end well", async () => {
  const run = engine(
    async ({ signal }) => {
      await new Promise((resolve) => signal.addEventListener("abort", resolve));
      return success({ warned: String(signal.reason) });
    },
    { soft: 0.05 },
  );
  await run.ports.enqueue("count_to", { n: 1 });
  await run.drain();
  expect(await row()).toMatchObject({ state: "SUCCESS", result: { warned: "Error: soft_limit" } });
});

test("a handler that gives up at the soft limit is tried again, while attempts are left", async () => {
  const run = engine(
    async ({ signal }) => {
      await new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
      return success();
    },
    { soft: 0.05, retries: 1 },
  );
  await run.ports.enqueue("count_to", { n: 1 });
  await run.drain(1);
  expect(await row()).toMatchObject({ state: "RETRY", attempt: 1, error: { code: "task.soft_limit" } });
  await run.drain();
  const ended = await row();
  expect(ended).toMatchObject({ state: "FAILURE", attempt: 2, signature: expect.stringContaining("task.soft_limit") });
  expect(ended.error?.attempts).toMatchObject([
    { attempt: 1, code: "task.soft_limit", message: "The task passed its soft time limit." },
    { attempt: 2, code: "task.soft_limit" },
  ]);
});

const timedOut: Outcome = { kind: "retry", code: "agent.timeout", message: "No answer." };
test.each<[string, ErrorCode[] | undefined, () => Outcome, { state: string; attempt: number; code: string }]>([
  ["an outcome that may pass", undefined, () => timedOut, { state: "RETRY", attempt: 1, code: "agent.timeout" }],
  [
    "one that the task's policy excludes",
    ["agent.timeout"],
    () => timedOut,
    { state: "FAILURE", attempt: 1, code: "agent.timeout" },
  ],
  [
    "a thrown code that is final",
    undefined,
    () => thrown("round.late"),
    { state: "FAILURE", attempt: 1, code: "round.late" },
  ],
  ["one that the policy lets pass", [], () => thrown("round.late"), { state: "RETRY", attempt: 1, code: "round.late" }],
])("a task says which errors are retried: %s", async (_, never, ends, { state, attempt, code }) => {
  const run = engine(async () => ends(), { retries: 3, ...(never ? { never } : {}) });
  await run.ports.enqueue("count_to", { n: 1 });
  await run.drain(1);
  const ended = await row();
  expect(ended).toMatchObject({ state, attempt, error: { code } });
  expect(ended.history.at(-1)?.why).not.toContain("no attempt left");
});

function thrown(code: ErrorCode): never {
  throw new CodedError(code);
}

test("a handler that ignores both limits is cut off, its place is free, and its late result is refused", async () => {
  let late: (() => void) | undefined;
  const run = engine(
    () =>
      new Promise((resolve) => {
        late = () => resolve(success({ too: "late" }));
      }),
    { soft: 0.03, hard: 0.06 },
  );
  await run.ports.enqueue("count_to", { n: 1 });
  await run.drain();
  expect(await row()).toMatchObject({ state: "FAILURE", token: null, error: { code: "task.hard_limit" } });
  late?.();
  await pause(20);
  expect(await row()).toMatchObject({ state: "FAILURE", result: null, error: { code: "task.hard_limit" } });
});

test("a running handler learns of a cancellation by its heartbeat; one that ignores it is cut off, and its result is refused", async () => {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
  let signal: AbortSignal | undefined;
  let late: (() => void) | undefined;
  const run = engine(
    (attempt) =>
      new Promise((resolve) => {
        signal = attempt.signal;
        late = () => resolve(success({ too: "late" }));
      }),
  );
  const { taskId } = await run.ports.enqueue("count_to", { n: 1 });
  const drained = run.drain();
  while (!signal) await pause(5);
  expect(await cancelTask(db.query, taskId, "operator")).toEqual({ kind: "asked" });
  expect(await cancelTask(db.query, taskId, "operator")).toEqual({ kind: "asked" });
  expect((await row()).state).toBe("STARTED");
  await vi.advanceTimersByTimeAsync(5000);
  await drained;
  expect(String(signal.reason)).toBe("Error: cancelled");
  late?.();
  await pause(20);
  const ended = await row();
  expect(ended).toMatchObject({ state: "REVOKED", result: null, token: null });
  expect(ended.history.map(({ state, why, by }) => [state, why, by])).toEqual([
    ["PENDING", "enqueued", "test"],
    ["STARTED", "claimed", "test"],
    ["STARTED", "asked to cancel", "operator"],
    ["REVOKED", "cancelled while it ran", "test"],
  ]);
});

test.each<[string, unknown, string]>([
  ["is larger than 64 KB", { text: "x".repeat(65_536) }, "task.result_too_large"],
  ["is no JSON", { n: 1n }, "task.bad_result"],
  ["goes round in circles", circle(), "task.bad_result"],
  ["is nothing", undefined, "task.bad_result"],
])("a result that %s is a failure with a code, and its row stays readable", async (_, result, code) => {
  const run = engine(async () => ({ kind: "success", result }) as Outcome);
  await run.ports.enqueue("count_to", { n: 1 });
  await run.drain();
  expect(await row()).toMatchObject({ state: "FAILURE", result: null, error: { code } });
});

function circle(): Record<string, unknown> {
  const round: Record<string, unknown> = {};
  round.round = round;
  return round;
}

test("characters that PostgreSQL can't store are removed from results, messages and reasons", async () => {
  const run = engine(async (_attempt, n) => {
    if (n === 1) return success({ "a\0b": "c\0d", lone: "\ud800!" });
    throw new Error(`bad\0 text \ud800 ${"x".repeat(5000)}`);
  });
  await run.ports.enqueue("count_to", { n: 1 });
  await run.drain();
  expect(await row()).toMatchObject({ state: "SUCCESS", result: { ab: "cd", lone: "\ufffd!" } });
  await db.query(`delete from tasks`);
  await run.ports.enqueue("count_to", { n: 2 });
  await run.drain();
  const failed = await row();
  expect(failed).toMatchObject({ state: "FAILURE", attempt: 2, error: { class: "Error", code: "task.failed" } });
  expect(failed.error?.stack).toContain("at ");
  expect(failed.error?.attempts.map((attempt) => [attempt.attempt, "stack" in attempt])).toEqual([
    [1, false],
    [2, false],
  ]);
  expect(failed.signature?.length).toBeLessThanOrEqual(200);
});

test("a task that fails does not disturb the other tasks of its message", async () => {
  const run = engine(async (_attempt, n) => {
    if (n === 0) throw new Error("poison");
    return success({ n });
  });
  const ids = [];
  for (const n of [0, 1, 2]) ids.push((await run.ports.enqueue("count_to", { n })).taskId);
  run.queued.splice(0, 9, { queue: "agents", message: { type: "tasks", task_ids: ids } });
  await run.drain();
  const states = await db.query(`select args->>'n' as n, state from tasks order by id`);
  expect(states).toEqual([
    { n: "0", state: "FAILURE" },
    { n: "1", state: "SUCCESS" },
    { n: "2", state: "SUCCESS" },
  ]);
});
