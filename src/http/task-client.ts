/** A client of tasks, typed by their definitions: arguments and results are those of the schemas. */
import { z } from "zod";
import { limits } from "../core/limits.ts";
import { taskStates } from "../db/statements/task-counts.ts";
import type { TaskDefinition } from "../tasks/define.ts";

export interface TaskCallOptions {
  /** Seconds from now. */
  readonly countdown?: number;
  readonly idempotencyKey?: string;
}

/** What the Worker answered in place of what was asked for: a problem document's code and detail, or the task's error. */
export class TaskRefused extends Error {
  override readonly name = "TaskRefused";
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

const queuedSchema = z.object({ task_id: z.uuid() });
const problemSchema = z.object({ code: z.string(), detail: z.string() });
const taskSchema = z.object({
  state: z.enum(taskStates),
  result: z.record(z.string(), z.unknown()).nullable(),
  error: z.object({ code: z.string(), message: z.string() }).nullable(),
});

/** `send` takes the path; it brings the base URL and the operator key. */
export function taskClient(send: (path: string, init?: RequestInit) => Promise<Response>) {
  async function asked<S extends z.ZodType>(schema: S, path: string, init?: RequestInit): Promise<z.output<S>> {
    const response = await send(path, init);
    const body: unknown = await response.json();
    if (response.ok) return schema.parse(body);
    const { code, detail } = problemSchema.parse(body);
    throw new TaskRefused(code, detail);
  }

  return {
    /** Celery's `task.apply_async`. Returns the task's id. */
    async enqueue<S extends z.ZodObject>(
      task: TaskDefinition<string, S>,
      args: z.input<S>,
      { countdown, idempotencyKey }: TaskCallOptions = {},
    ): Promise<string> {
      const headers = {
        "content-type": "application/json",
        ...(idempotencyKey && { "idempotency-key": idempotencyKey }),
      };
      const body = JSON.stringify({ name: task.name, args, countdown });
      return (await asked(queuedSchema, "/tasks", { method: "POST", headers, body })).task_id;
    },

    /** Celery's `result.get`. Null: not finished within the wait. Throws TaskRefused with the task's error when it failed. */
    async result<R extends z.ZodObject>(
      task: TaskDefinition<string, z.ZodObject, R>,
      taskId: string,
      waitSeconds: number = limits.taskWaitSecondsMax,
    ): Promise<z.output<R> | null> {
      const { state, result, error } = await asked(taskSchema, `/tasks/${taskId}?wait=${waitSeconds}`);
      if (state === "FAILURE" || state === "REVOKED") {
        throw new TaskRefused(error?.code ?? "task.cancelled", error?.message ?? "The task was cancelled.");
      }
      return state === "SUCCESS" ? task.result.parse(result) : null;
    },
  };
}
