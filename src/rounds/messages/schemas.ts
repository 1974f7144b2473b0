/** The messages of rounds. They carry ids and keys; their handlers read the rows again. */
import { z } from "zod";
import { limits } from "../../core/limits.ts";
import { messageCorrelation, messageId, messageIds, tasksMessage } from "../../engine/tasks-message.ts";

/** These entries may owe a decision in the tournament's open round. */
export const decideMessage = z.object({
  type: z.literal("decide"),
  tournament_id: messageId,
  entry_ids: messageIds,
  /** A live round sent it again, because these entries had not decided in time. */
  again: z.boolean().optional(),
  correlation_id: messageCorrelation,
});
export type DecideMessage = z.infer<typeof decideMessage>;

/** These entries may be owed fills in a quoted round. */
export const fillMessage = z.object({
  type: z.literal("fill"),
  tournament_id: messageId,
  round_id: messageId,
  entry_ids: messageIds,
  correlation_id: messageCorrelation,
});
export type FillMessage = z.infer<typeof fillMessage>;

/** An outside agent's answer, sent by its object. */
export const answerMessage = z.object({
  type: z.literal("answer"),
  tournament_id: messageId,
  round_id: messageId,
  entry_id: messageId,
  task_id: messageId,
  token: messageId,
  version: z.number().int(),
  /** Parsed again by the round: agents are not trusted. */
  choice: z.unknown(),
  /** Why a model holds without having decided. A code of core/error-codes.ts. */
  fault: z.string().max(100).optional(),
  /** Why it has none. */
  failed: z.object({ code: z.string().max(100), message: z.string().max(limits.errorCharsMax) }).optional(),
  correlation_id: messageCorrelation,
});
export type AnswerMessage = z.infer<typeof answerMessage>;

/** Every message that a queue can carry. */
export const sentMessage = z.discriminatedUnion("type", [decideMessage, fillMessage, answerMessage, tasksMessage]);
export type SentMessage = z.infer<typeof sentMessage>;
