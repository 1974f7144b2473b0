/** Beginning a task, and the answer to whatever did. */
import type { z } from "zod";
import type { Enqueued, EnqueueOptions, TaskDefinition } from "../tasks/define.ts";
import type { HttpContext } from "./context.ts";
import type { HttpDeps } from "./deps.ts";

/** The compiler holds the arguments to the task's schema. */
export function begin<S extends z.ZodObject>(
  deps: Pick<HttpDeps, "enqueue">,
  task: TaskDefinition<string, S>,
  args: z.input<S>,
  options?: EnqueueOptions,
): Promise<Enqueued> {
  return deps.enqueue(task.name, args, options);
}

export function queued(c: HttpContext, { taskId }: { taskId: string }) {
  const { log, correlationId } = c.get("deps");
  log({ event: "enqueued", task_id: taskId, correlation_id: correlationId });
  c.header("location", `/tasks/${taskId}`);
  return c.json({ task_id: taskId, status: "queued" as const }, 202);
}
