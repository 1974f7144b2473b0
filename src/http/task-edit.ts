/** PATCH /tasks/{id}: other arguments, or another time, for a task that waits. */
import { Hono } from "hono";
import { z } from "zod";
import { CodedError } from "../core/error-codes.ts";
import { limits } from "../core/limits.ts";
import { queueNames } from "../core/message.ts";
import { signed } from "../core/signed.ts";
import { readTask } from "../db/statements/api-read-task.ts";
import { editTask, type TaskEdit } from "../db/statements/task-edit.ts";
import { findTask } from "../tasks/registry.ts";
import { requireOperator } from "./auth.ts";
import type { HttpEnv } from "./context.ts";
import type { HttpDeps } from "./deps.ts";
import { timeField } from "./fields.ts";
import { idOf, jsonBody } from "./inputs.ts";
import { Problem } from "./problem.ts";
import { wireTask } from "./task-wire.ts";
import { secondsAhead } from "./tasks.ts";
import { invalid, parseAt } from "./validation.ts";

export const taskPatchBody = z.strictObject({
  /** All of them: what isn't named takes its default. */
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
    if (countdown !== undefined && eta !== undefined) throw invalid([{ path: "eta", message: "excludes countdown" }]);
    if (args === undefined && countdown === undefined && eta === undefined) {
      throw invalid([{ path: "", message: "must have args, countdown or eta" }]);
    }
    const deps = c.get("deps");
    const { query } = deps;
    const task = await readTask(query, id);
    if (!task) throw new CodedError("task.not_found");
    const countdownSeconds = eta === undefined ? (countdown ?? null) : await secondsAhead(query, eta);
    const edit = { args: args === undefined ? null : await newArgs(deps, task.name, args), countdownSeconds };
    const edited = await editTask(query, id, edit, signed("operator", deps.codeVersion));
    switch (edited.kind) {
      case "not_found":
        throw new CodedError("task.not_found");
      case "keyed":
        throw new CodedError("task.keyed");
      case "not_waiting": {
        const { state } = edited;
        const code = state === "STARTED" ? "task.started" : "task.finished";
        throw new Problem(code, `The task is ${state}: only one that waits is edited.`, { members: { state } });
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

/** Checked, and with what they are about, as for a new task. */
async function newArgs(deps: HttpDeps, name: string, given: Record<string, unknown>): Promise<TaskEdit["args"]> {
  const task = findTask(deps.tasks, name);
  if (!task) throw new CodedError("task.unknown_name", `This version of the code knows no task ${name}.`);
  const values = parseAt(task.args, given, "args", "task.bad_args");
  const subject = (await task.subject?.(values, deps.query)) ?? { tournamentId: null, entryId: null };
  return { values, ...subject, key: (await task.key?.(values, deps.query)) ?? null };
}
