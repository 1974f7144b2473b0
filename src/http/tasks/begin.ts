/** Enqueues a task for a route, and answers 202 with the task's id. */
import type { z } from "zod";
import type { Enqueued, EnqueueOptions, TaskDefinition } from "../../engine/task.ts";
import type { HttpContext } from "../context.ts";
import type { HttpDeps } from "../deps.ts";

/** The compiler checks the arguments against the task's schema. */
export function begin<S extends z.ZodObject>(
  deps: Pick<HttpDeps, "enqueue">,
  task: TaskDefinition<string, S>,
  args: z.input<S>,
  options?: EnqueueOptions,
): Promise<Enqueued> {
  return deps.enqueue(task.name, args, options);
}

export function queued(c: HttpContext, task: { taskId: string }) {
  return c.json(queuedBody(c, task), 202);
}

/** For an answer with further members. */
export function queuedBody(c: HttpContext, { taskId }: { taskId: string }) {
  const { log, correlationId } = c.get("deps");
  log({ event: "enqueued", task_id: taskId, correlation_id: correlationId });
  c.header("location", `/tasks/${taskId}`);
  return { task_id: taskId, status: "queued" as const };
}
