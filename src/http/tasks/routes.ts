/** POST /tasks and GET /tasks/{id}. */
import { Hono } from "hono";
import { z } from "zod";
import { CodedError } from "../../core/error-codes.ts";
import { limits } from "../../core/limits.ts";
import type { Query } from "../../db/query.ts";
import { secondsUntil, type TaskRow } from "../../db/statements/tasks/read.ts";
import { findTask } from "../../engine/find-task.ts";
import type { HttpEnv } from "../context.ts";
import { requireSight } from "../practice/private.ts";
import { Problem } from "../problem.ts";
import { timeField } from "../request/fields.ts";
import { idOf, jsonBody, queryOf } from "../request/inputs.ts";
import { invalid, parseAt } from "../request/validation.ts";
import { seesAll } from "../session/caller.ts";
import { requireOperator } from "../session/rights.ts";
import { queued } from "./begin.ts";
import { wireTask } from "./wire.ts";

export const taskBody = z.strictObject({
  name: z.string().max(80),
  args: z.record(z.string(), z.unknown()).default({}),
  /** Seconds from now. */
  countdown: z.number().min(0).max(limits.countdownSecondsMax).optional(),
  /** Not before this time, which must not have passed. */
  eta: timeField.optional(),
  /** A key of the caller's, for tasks without a key of their own. docs/tasks.md says what a second task under it does. */
  unique: z
    .strictObject({
      key: z
        .string()
        .min(1)
        .max(limits.uniqueKeyCharsMax)
        .regex(/^\P{Cc}*$/u, "must not contain control characters"),
      when_exists: z.enum(["return", "replace", "refuse"]).default("return"),
    })
    .optional(),
});
const waitMessage = `must be a number of seconds from 0 to ${limits.taskWaitSecondsMax}`;
const taskQuery = z.strictObject({
  wait: z
    .string()
    .regex(/^\d{1,2}(\.\d{1,3})?$/, waitMessage)
    .transform(Number)
    .pipe(z.number().max(limits.taskWaitSecondsMax, waitMessage))
    .default(0),
});

export const taskRoutes = new Hono<HttpEnv>()
  .post("/tasks", requireOperator, jsonBody(taskBody), async (c) => {
    const { name, args, countdown, eta, unique } = c.req.valid("json");
    const deps = c.get("deps");
    const task = findTask(deps.tasks, name);
    if (!task) {
      const message = `must be one of: ${Object.keys(deps.tasks).join(", ")}`;
      throw invalid([{ path: "name", message }], "task.unknown_name");
    }
    if (countdown !== undefined && eta !== undefined)
      throw invalid([{ path: "eta", message: "does not go together with countdown" }]);
    if (unique && task.key) {
      throw invalid([{ path: "unique", message: `does not go together with ${name}, which has a key of its own` }]);
    }
    const parsed = parseAt(task.args, args, "args", "task.bad_args");
    const countdownSeconds = eta === undefined ? countdown : await secondsAhead(deps.query, eta);
    const made = await deps.enqueue(name, parsed, {
      ...(countdownSeconds === undefined ? {} : { countdownSeconds }),
      ...(unique ? { unique: { key: unique.key, whenExists: unique.when_exists } } : {}),
    });
    if (unique?.when_exists === "refuse" && made.held) {
      throw keyTaken(made.held.id, `A task that is ${made.held.state} has this key.`);
    }
    return queued(c, made);
  })
  .get("/tasks/:id", idOf("task.not_found"), queryOf(taskQuery), async (c) => {
    const { id } = c.req.valid("param");
    const { wait } = c.req.valid("query");
    const { query, taskReads } = c.get("deps");
    const read = async () => {
      const row = await taskReads.ask(query, id);
      if (row) requireSight(c, row.owner);
      return row;
    };
    const row = await waitForTask(read, wait * 1000, c.req.raw.signal);
    if (!row) throw new CodedError("task.not_found");
    return c.json(wireTask(row, seesAll(c)), wait > 0 && row.finished_at === null ? 202 : 200);
  });

/** The seconds until an eta. Clocks differ by seconds, so an eta that has only just passed means now. */
export async function secondsAhead(query: Query, eta: string): Promise<number> {
  const seconds = await secondsUntil(query, eta);
  if (seconds < -limits.etaSkewSeconds) throw invalid([{ path: "eta", message: "must not have passed" }]);
  if (seconds > limits.countdownSecondsMax) {
    throw invalid([{ path: "eta", message: `must be at most ${limits.countdownSecondsMax} seconds ahead` }]);
  }
  return Math.max(0, seconds);
}

/** 409 with the id of the task that has the key. */
export function keyTaken(taskId: string, detail: string): Problem {
  return new Problem("task.exists", detail, { members: { task_id: taskId } });
}

/**
 * A wait reads the row again after 50 ms, then after growing pauses of at most 250 ms: 60 s are about 250 reads, shared by
 * all requests that wait at the same time. The Worker speaks HTTP to the database, which can push nothing.
 */
const POLL_MS = { first: 50, growth: 1.1, last: 250 };

/** The row once it is finished, or as it is when the wait ends or the caller hangs up. */
async function waitForTask(
  read: () => Promise<TaskRow | null>,
  waitMs: number,
  signal: AbortSignal,
): Promise<TaskRow | null> {
  const startedAt = performance.now();
  let row = await read();
  for (
    let pause = POLL_MS.first;
    row && row.finished_at === null;
    pause = Math.min(pause * POLL_MS.growth, POLL_MS.last)
  ) {
    const left = waitMs - (performance.now() - startedAt);
    if (left <= 0 || signal.aborted) return row;
    await new Promise((resolve) => setTimeout(resolve, Math.min(pause, left)));
    row = await read();
  }
  return row;
}
