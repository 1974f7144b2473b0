/** What travels on the queues: ids and keys, never state. New fields are optional: two versions run side by side. */
import { z } from "zod";
import { limits } from "./limits.ts";

export const queueNames = ["agents", "trading", "recovery"] as const;
export type QueueName = (typeof queueNames)[number];

const id = z.uuid();
const ids = z.array(id).min(1).max(limits.messageIdsMax);
const correlation = z.string().max(64).optional();

export const messageSchema = z.discriminatedUnion("type", [
  /** These entries may owe a decision in the tournament's open round. */
  z.object({ type: z.literal("decide"), tournament_id: id, entry_ids: ids, correlation_id: correlation }),
  /** These entries may be owed fills in a quoted round. */
  z.object({ type: z.literal("fill"), tournament_id: id, round_id: id, entry_ids: ids, correlation_id: correlation }),
  /** These tasks may be due. */
  z.object({ type: z.literal("tasks"), task_ids: ids, correlation_id: correlation }),
  /** An outside agent's answer, sent by its object. */
  z.object({
    type: z.literal("answer"),
    tournament_id: id,
    round_id: id,
    entry_id: id,
    task_id: id,
    token: id,
    version: z.number().int(),
    /** Parsed again by the round: agents are not trusted. */
    choice: z.unknown(),
    /** Why it has none. */
    failed: z.object({ code: z.string().max(100), message: z.string().max(limits.errorCharsMax) }).optional(),
    correlation_id: correlation,
  }),
]);
export type Message = z.infer<typeof messageSchema>;

/** Wakes tasks, at most `limits.messageIdsMax`, enqueued on behalf of one request, or of none. */
export function wakingTasks(taskIds: string[], correlationId: string | null): Message {
  return { type: "tasks", task_ids: taskIds, ...(correlationId === null ? {} : { correlation_id: correlationId }) };
}

/** The queue that a platform name stands for: "agonus-staging-agents-dlq" → {queue: "agents", dead: true}. */
export function parseQueueName(platformName: string): { queue: QueueName; dead: boolean } | null {
  const match = /-(agents|trading|recovery)(-dlq)?$/.exec(platformName);
  const queue = queueNames.find((name) => name === match?.[1]);
  return queue ? { queue, dead: match?.[2] !== undefined } : null;
}
