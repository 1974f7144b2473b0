import { limits } from "../src/core/limits.ts";
import { storableText } from "../src/core/storable.ts";
import type { DecisionReply } from "../src/rounds/ports.ts";

/** The part of an answer message that comes from the reply. Its error text is cut to what a row can hold. */
export function answerOf(reply: DecisionReply): { choice: unknown; failed?: { code: string; message: string } } {
  if (reply.kind === "choice") return { choice: reply.choice };
  if (reply.kind === "needs_recovery") return { choice: null };
  return { choice: null, failed: { code: reply.code, message: storableText(reply.message, limits.errorCharsMax) } };
}
