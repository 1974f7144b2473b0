/** The answer to whatever began a task. */
import type { HttpContext } from "./context.ts";

export function queued(c: HttpContext, { taskId }: { taskId: string }) {
  const { log, correlationId } = c.get("deps");
  log({ event: "enqueued", task_id: taskId, correlation_id: correlationId });
  c.header("location", `/tasks/${taskId}`);
  return c.json({ task_id: taskId, status: "queued" as const }, 202);
}
