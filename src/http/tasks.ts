/** POST /tasks and GET /tasks/{id}. */
import { Hono } from "hono";
import { z } from "zod";
import { CodedError } from "../core/error-codes.ts";
import { limits } from "../core/limits.ts";
import type { Query } from "../db/query.ts";
import { readTask, secondsUntil, type TaskRow } from "../db/statements/api-read-task.ts";
import { isTaskName, taskRegistry } from "../tasks/registry.ts";
import { requireOperator } from "./auth.ts";
import type { HttpEnv } from "./context.ts";
import { pathId, timeField } from "./fields.ts";
import { queued } from "./queued.ts";
import { wireTask } from "./task-wire.ts";
import { invalid, parseAt, parseBody, parseQuery } from "./validation.ts";

export const taskRoutes = new Hono<HttpEnv>();

export const taskBody = z.strictObject({
  name: z.string().max(80),
  args: z.record(z.string(), z.unknown()).default({}),
  /** Seconds from now. */
  countdown: z.number().min(0).max(limits.countdownSecondsMax).optional(),
  /** Not before this time; one that has passed means now. */
  eta: timeField.optional(),
});
const waitMessage = `must be a number of seconds from 0 to ${limits.taskWaitSecondsMax}`;
export const taskQuery = z.strictObject({
  wait: z
    .string()
    .regex(/^\d{1,2}(\.\d{1,3})?$/, waitMessage)
    .transform(Number)
    .pipe(z.number().max(limits.taskWaitSecondsMax, waitMessage))
    .default(0),
});

taskRoutes.post("/tasks", requireOperator, async (c) => {
  const { name, args, countdown, eta } = parseBody(c, taskBody);
  if (!isTaskName(name)) {
    const message = `must be one of: ${Object.keys(taskRegistry).join(", ")}`;
    throw invalid([{ path: "name", message }], "task.unknown_name");
  }
  if (countdown !== undefined && eta !== undefined) throw invalid([{ path: "eta", message: "excludes countdown" }]);
  const deps = c.get("deps");
  const parsed = parseAt(taskRegistry[name].args, args, "args", "task.bad_args");
  const countdownSeconds = eta === undefined ? countdown : Math.max(0, await secondsUntil(deps.query, eta));
  if ((countdownSeconds ?? 0) > limits.countdownSecondsMax) {
    throw invalid([{ path: "eta", message: `must be at most ${limits.countdownSecondsMax} seconds ahead` }]);
  }
  return queued(c, await deps.enqueue(name, parsed, countdownSeconds === undefined ? {} : { countdownSeconds }));
});

taskRoutes.get("/tasks/:id", async (c) => {
  const id = pathId(c.req.param("id"), "task.not_found");
  const { wait } = parseQuery(c, taskQuery);
  const row = await waitForTask(c.get("deps").query, id, wait * 1000, c.req.raw.signal);
  if (!row) throw new CodedError("task.not_found");
  return c.json(wireTask(row, c.get("operator")), wait > 0 && row.finished_at === null ? 202 : 200);
});

const POLL_MS = { first: 100, growth: 1.5, last: 500 };

/** The row once it is finished, or as it is when the wait ends or the caller hangs up. */
async function waitForTask(query: Query, id: string, waitMs: number, signal: AbortSignal): Promise<TaskRow | null> {
  const startedAt = performance.now();
  for (let pause = POLL_MS.first; ; pause = Math.min(pause * POLL_MS.growth, POLL_MS.last)) {
    const row = await readTask(query, id);
    const left = waitMs - (performance.now() - startedAt);
    if (!row || row.finished_at !== null || left <= 0 || signal.aborted) return row;
    await new Promise((resolve) => setTimeout(resolve, Math.min(pause, left)));
  }
}
