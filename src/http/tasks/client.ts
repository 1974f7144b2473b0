/** A client of tasks. Arguments and results have the types of each task's schemas. */
import { z } from "zod";
import { limits } from "../../core/limits.ts";
import { taskStates } from "../../db/statements/metrics/task-counts.ts";
import type { TaskDefinition } from "../../engine/task.ts";

export interface TaskCallOptions {
  /** Seconds from now. */
  readonly countdown?: number;
  readonly idempotencyKey?: string;
}

/** A refusal of the Worker, or a task that failed: the code and text of the problem document or of the task's error. */
class TaskRefused extends Error {
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

/** `send` gets a path, and adds the base URL and the operator key. */
export function taskClient(send: (path: string, init?: RequestInit) => Promise<Response>) {
  async function call<S extends z.ZodType>(schema: S, path: string, init?: RequestInit): Promise<z.output<S>> {
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
      return (await call(queuedSchema, "/tasks", { method: "POST", headers, body })).task_id;
    },

    /** Celery's `result.get`. Null when the task has not finished within the wait. Throws TaskRefused with the task's error when it failed. */
    async result<R extends z.ZodObject>(
      task: TaskDefinition<string, z.ZodObject, R>,
      taskId: string,
      waitSeconds: number = limits.taskWaitSecondsMax,
    ): Promise<z.output<R> | null> {
      const { state, result, error } = await call(taskSchema, `/tasks/${taskId}?wait=${waitSeconds}`);
      if (state === "FAILURE" || state === "REVOKED") {
        throw new TaskRefused(error?.code ?? "task.cancelled", error?.message ?? "The task was cancelled.");
      }
      return state === "SUCCESS" ? task.result.parse(result) : null;
    },
  };
}
