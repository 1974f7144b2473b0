/** PATCH /tasks/{id}: other arguments, or another time, for a task that waits. */
import { Hono } from "hono";
import { z } from "zod";
import { CodedError } from "../../core/error-codes.ts";
import { limits } from "../../core/limits.ts";
import { queueNames } from "../../core/tasks/queues.ts";
import { signed } from "../../core/tasks/signed.ts";
import { editTask, type TaskEdit } from "../../db/statements/tasks/edit.ts";
import { readTask } from "../../db/statements/tasks/read.ts";
import { findTask } from "../../engine/find-task.ts";
import type { HttpEnv } from "../context.ts";
import type { HttpDeps } from "../deps.ts";
import { Problem } from "../problem.ts";
import { timeField } from "../request/fields.ts";
import { idOf, jsonBody } from "../request/inputs.ts";
import { invalid, parseAt } from "../request/validation.ts";
import { actorOf } from "../session/caller.ts";
import { requireOperator } from "../session/rights.ts";
import { secondsAhead } from "./routes.ts";
import { wireTask } from "./wire.ts";

const taskPatchBody = z.strictObject({
  /** All arguments: a missing one takes its default. */
  args: z.record(z.string(), z.unknown()).optional(),
  /** Seconds from now. */
  countdown: z.number().min(0).max(limits.countdownSecondsMax).optional(),
  eta: timeField.optional(),
});

export const taskEditRoutes = new Hono<HttpEnv>().patch(
  "/tasks/:id",
  requireOperator,
  idOf("task.not_found"),
  jsonBody(taskPatchBody),
  async (c) => {
    const { id } = c.req.valid("param");
    const { args, countdown, eta } = c.req.valid("json");
    if (countdown !== undefined && eta !== undefined)
      throw invalid([{ path: "eta", message: "does not go together with countdown" }]);
    if (args === undefined && countdown === undefined && eta === undefined) {
      throw invalid([{ path: "", message: "must have args, countdown or eta" }]);
    }
    const deps = c.get("deps");
    const { query } = deps;
    const task = await readTask(query, id);
    if (!task) throw new CodedError("task.not_found");
    const countdownSeconds = eta === undefined ? (countdown ?? null) : await secondsAhead(query, eta);
    const edit = { args: args === undefined ? null : await newArgs(deps, task.name, args), countdownSeconds };
    const edited = await editTask(query, id, edit, signed(actorOf(c), deps.codeVersion));
    switch (edited.kind) {
      case "not_found":
        throw new CodedError("task.not_found");
      case "keyed":
        throw new CodedError("task.keyed");
      case "not_waiting": {
        const { state } = edited;
        const code = state === "STARTED" ? "task.started" : "task.finished";
        throw new Problem(code, `The task is ${state}: only a waiting task can be edited.`, { members: { state } });
      }
      case "edited": {
        const queue = queueNames.find((name) => name === edited.queue);
        if (queue && countdownSeconds === 0) await deps.send(queue, [{ type: "tasks", task_ids: [id] }]);
        const row = await readTask(query, id);
        if (!row) throw new CodedError("task.not_found");
        return c.json(wireTask(row, true));
      }
    }
  },
);

/** Checks the arguments and finds their scope, subject and key, as for a new task. */
async function newArgs(deps: HttpDeps, name: string, given: Record<string, unknown>): Promise<TaskEdit["args"]> {
  const task = findTask(deps.tasks, name);
  if (!task) throw new CodedError("task.unknown_name", `This version of the code knows no task ${name}.`);
  const values = parseAt(task.args, given, "args", "task.bad_args");
  const subject = (await task.subject?.(values, deps.query)) ?? { scope: null, subject: null };
  return { values, ...subject, key: (await task.key?.(values, deps.query)) ?? null };
}
