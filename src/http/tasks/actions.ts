/** POST /tasks/{id}/retry and cancel, GET /tasks/{id}/history. */
import { Hono } from "hono";
import { z } from "zod";
import { CodedError } from "../../core/error-codes.ts";
import { limits } from "../../core/limits.ts";
import { queueNames } from "../../core/tasks/queues.ts";
import { signed } from "../../core/tasks/signed.ts";
import { wireAbout } from "../../db/statements/tasks/about.ts";
import { cancelTask } from "../../db/statements/tasks/cancel.ts";
import { readHistory, type TaskHistory } from "../../db/statements/tasks/history.ts";
import { readTask } from "../../db/statements/tasks/read.ts";
import { retryTask } from "../../db/statements/tasks/retry.ts";
import { findTask } from "../../engine/find-task.ts";
import type { HttpContext, HttpEnv } from "../context.ts";
import { Problem } from "../problem.ts";
import { idOf, optionalJsonBody } from "../request/inputs.ts";
import { parseAt } from "../request/validation.ts";
import { actorOf } from "../session/caller.ts";
import { requireOperator, requireViewer } from "../session/rights.ts";
import { queued } from "./begin.ts";
import { keyTaken } from "./routes.ts";
import { wireTime } from "./wire.ts";

const retryBody = z.strictObject({
  /** Seconds from now. */
  countdown: z.number().min(0).max(limits.countdownSecondsMax).default(0),
  /** Other arguments make a new task, whose parent is this one. */
  args: z.record(z.string(), z.unknown()).optional(),
});

export const taskActionRoutes = new Hono<HttpEnv>()
  /**
   * Without `args` the task itself starts over. With `args` a new task runs, under the key that its own arguments give it.
   * A decision whose round has closed ends at once, with the stored decision or as FAILURE round.late.
   */
  .post("/tasks/:id/retry", requireOperator, idOf("task.not_found"), optionalJsonBody(retryBody), async (c) => {
    const { id } = c.req.valid("param");
    const { countdown, args } = c.req.valid("json");
    return args === undefined ? startOver(c, id, countdown) : runWith(c, id, countdown, args);
  })
  /** 200 revoked: the task never runs. 202 cancelling: the running attempt learns of it at its next heartbeat. */
  .post("/tasks/:id/cancel", requireOperator, idOf("task.not_found"), async (c) => {
    const { id } = c.req.valid("param");
    const { query, codeVersion } = c.get("deps");
    const cancelled = await cancelTask(query, id, signed(actorOf(c), codeVersion));
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
  .get("/tasks/:id/history", requireViewer, idOf("task.not_found"), async (c) => {
    const { id } = c.req.valid("param");
    const row = await readHistory(c.get("deps").query, id);
    if (!row) throw new CodedError("task.not_found");
    return c.json(wireHistory(id, row));
  });

async function startOver(c: HttpContext, id: string, countdown: number) {
  const deps = c.get("deps");
  const retried = await retryTask(
    deps.query,
    id,
    countdown,
    signed(actorOf(c), deps.codeVersion),
    deps.reservedId ?? null,
  );
  switch (retried.kind) {
    case "not_found":
      throw new CodedError("task.not_found");
    case "not_finished":
      throw notFinished(retried.state);
    case "key_taken":
      throw keyTaken(retried.taskId, "Another task has the task's key now.");
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
  const options = { parentId: id, by: actorOf(c), ...(countdown > 0 ? { countdownSeconds: countdown } : {}) };
  const made = await deps.enqueue(name, parsed, options);
  if (made.inserted === false) throw keyTaken(made.taskId, "Another task has the key of these arguments.");
  return queued(c, made);
}

function notFinished(state: string): Problem {
  return new Problem("task.not_finished", `The task is ${state}: only a finished task can be retried.`, {
    members: { state },
  });
}

function wireHistory(id: string, { state, cancel_requested, parent_id, children, history, ...row }: TaskHistory) {
  const items = history.map((line) => ({
    at: wireTime(line.at),
    state: line.state,
    attempt: line.attempt,
    why: line.why,
    by: line.by ?? null,
    /** Null in lines of an older version. */
    code_version: line.code_version ?? null,
  }));
  const signature = state === "FAILURE" ? row.signature : null;
  return {
    ...{ task_id: id, state, cancel_requested, parent_id, children, signature },
    ...{ about: wireAbout(row), items, next_cursor: null },
  };
}
