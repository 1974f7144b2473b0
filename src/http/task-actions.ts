/** POST /tasks/{id}/retry and cancel, GET /tasks/{id}/history. */
import { Hono } from "hono";
import { z } from "zod";
import { CodedError } from "../core/error-codes.ts";
import { limits } from "../core/limits.ts";
import { queueNames } from "../core/message.ts";
import { signed } from "../core/signed.ts";
import { readTask } from "../db/statements/api-read-task.ts";
import { cancelTask } from "../db/statements/task-cancel.ts";
import { readHistory, type TaskHistory } from "../db/statements/task-history.ts";
import { retryTask } from "../db/statements/task-retry.ts";
import { findTask } from "../tasks/registry.ts";
import { requireOperator } from "./auth.ts";
import type { HttpContext, HttpEnv } from "./context.ts";
import { idOf, optionalJsonBody } from "./inputs.ts";
import { Problem } from "./problem.ts";
import { queued } from "./queued.ts";
import { wireTime } from "./task-wire.ts";
import { keyTaken } from "./tasks.ts";
import { parseAt } from "./validation.ts";

const BY = "operator";

export const retryBody = z.strictObject({
  /** Seconds from now. */
  countdown: z.number().min(0).max(limits.countdownSecondsMax).default(0),
  /** Other arguments: a new task, whose parent this one is. */
  args: z.record(z.string(), z.unknown()).optional(),
});

export const taskActionRoutes = new Hono<HttpEnv>()
  /**
   * Without `args` the task itself starts over; with them a new one runs, under the key that its own arguments give it.
   * A decision whose round has closed ends at once: with the decision that is stored, or as FAILURE round.late.
   */
  .post("/tasks/:id/retry", requireOperator, idOf("task.not_found"), optionalJsonBody(retryBody), async (c) => {
    const { id } = c.req.valid("param");
    const { countdown, args } = c.req.valid("json");
    return args === undefined ? startOver(c, id, countdown) : runWith(c, id, countdown, args);
  })
  /** 200 revoked: it never runs. 202 cancelling: its attempt learns of it by its heartbeat. */
  .post("/tasks/:id/cancel", requireOperator, idOf("task.not_found"), async (c) => {
    const { id } = c.req.valid("param");
    const { query, codeVersion } = c.get("deps");
    const cancelled = await cancelTask(query, id, signed(BY, codeVersion));
    switch (cancelled.kind) {
      case "not_found":
        throw new CodedError("task.not_found");
      case "finished":
        throw new Problem("task.finished", `The task is ${cancelled.state}.`, { members: { state: cancelled.state } });
      case "revoked":
        return c.json({ task_id: id, status: "revoked" as const, state: "REVOKED" }, 200);
      case "asked":
        return c.json({ task_id: id, status: "cancelling" as const, state: "STARTED" }, 202);
    }
  })
  .get("/tasks/:id/history", requireOperator, idOf("task.not_found"), async (c) => {
    const { id } = c.req.valid("param");
    const row = await readHistory(c.get("deps").query, id);
    if (!row) throw new CodedError("task.not_found");
    return c.json(wireHistory(id, row));
  });

async function startOver(c: HttpContext, id: string, countdown: number) {
  const deps = c.get("deps");
  const retried = await retryTask(deps.query, id, countdown, signed(BY, deps.codeVersion), deps.reservedId ?? null);
  switch (retried.kind) {
    case "not_found":
      throw new CodedError("task.not_found");
    case "not_finished":
      throw notFinished(retried.state);
    case "key_taken":
      throw keyTaken(retried.taskId, "Another task has its key now.");
    case "retried": {
      const queue = queueNames.find((name) => name === retried.queue);
      if (queue && countdown === 0) await deps.send(queue, [{ type: "tasks", task_ids: [id] }]);
      return queued(c, { taskId: id });
    }
  }
}

async function runWith(c: HttpContext, id: string, countdown: number, args: Record<string, unknown>) {
  const deps = c.get("deps");
  const parent = await readTask(deps.query, id);
  if (!parent) throw new CodedError("task.not_found");
  if (parent.finished_at === null) throw notFinished(parent.state);
  const { name } = parent;
  const task = findTask(deps.tasks, name);
  if (!task) throw new CodedError("task.unknown_name", `This version of the code knows no task ${name}.`);
  const parsed = parseAt(task.args, args, "args", "task.bad_args");
  const options = { parentId: id, by: BY, ...(countdown > 0 ? { countdownSeconds: countdown } : {}) };
  const made = await deps.enqueue(name, parsed, options);
  if (made.inserted === false) throw keyTaken(made.taskId, "A task with these arguments has their key already.");
  return queued(c, made);
}

function notFinished(state: string): Problem {
  return new Problem("task.not_finished", `The task is ${state}: only a finished one is run again.`, {
    members: { state },
  });
}

function wireHistory(id: string, { state, cancel_requested, parent_id, children, history }: TaskHistory) {
  const items = history.map((line) => ({
    at: wireTime(line.at),
    state: line.state,
    attempt: line.attempt,
    why: line.why,
    by: line.by ?? null,
    /** Null in lines of an older version. */
    code_version: line.code_version ?? null,
  }));
  return { task_id: id, state, cancel_requested, parent_id, children, items, next_cursor: null };
}
