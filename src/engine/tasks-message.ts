/**
 * The messages on the queues. They hold ids and keys, never state. New members must be optional, because two versions of the
 * code run at the same time during a deploy. The engine has one type of message, `tasks`; all others are handed in.
 */
import { z } from "zod";
import { limits } from "../core/limits.ts";

/** A message of any type. */
export type Message = { readonly type: string; readonly correlation_id?: string | undefined };

export const messageId = z.uuid();
export const messageIds = z.array(messageId).min(1).max(limits.messageIdsMax);
export const messageCorrelation = z.string().max(64).optional();

/** These tasks may be due. */
export const tasksMessage = z.object({
  type: z.literal("tasks"),
  task_ids: messageIds,
  correlation_id: messageCorrelation,
});
export type TasksMessage = z.infer<typeof tasksMessage>;

/** The message that wakes these tasks: at most `limits.messageIdsMax`, all of one request or of none. */
export function wakingTasks(taskIds: string[], correlationId: string | null): TasksMessage {
  return { type: "tasks", task_ids: taskIds, ...(correlationId === null ? {} : { correlation_id: correlationId }) };
}
