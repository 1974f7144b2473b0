/** The answer to whatever began a task. */
import type { HttpContext } from "./context.ts";

export function queued(c: HttpContext, { taskId }: { taskId: string }) {
  c.header("location", `/tasks/${taskId}`);
  return c.json({ task_id: taskId, status: "queued" as const }, 202);
}
