import { limits } from "../src/core/limits.ts";
import { storableText } from "../src/core/storable.ts";
import type { DecisionReply, RoundPorts, ThinkingJob } from "../src/rounds/ports.ts";

export type Sender = Pick<RoundPorts, "send">;

export interface Answer {
  readonly choice: unknown;
  readonly failed?: { readonly code: string; readonly message: string };
  readonly fault?: string;
}

/** Sends an answer under its job's token. Throws when it could not be sent: the stored job stays, and the platform retries the alarm. */
export async function sendAnswer(ports: Sender, job: ThinkingJob, answer: Answer): Promise<void> {
  const { tournamentId: tournament_id, roundId: round_id, entryId: entry_id, taskId: task_id, token, version } = job;
  const { failed, fault, choice } = answer;
  const why = { ...(failed ? { failed } : {}), ...(fault === undefined ? {} : { fault }) };
  const message = {
    type: "answer" as const,
    tournament_id,
    round_id,
    entry_id,
    task_id,
    token,
    version,
    choice,
    ...why,
  };
  if (!(await ports.send("agents", [message]))) throw new Error("the agent's answer could not be sent");
}

/** The part of an answer message that comes from the reply. Its error text is cut to what a row can hold. */
export function answerOf(reply: DecisionReply): Answer {
  if (reply.kind === "choice") return { choice: reply.choice };
  if (reply.kind === "needs_recovery") return { choice: null };
  return { choice: null, failed: { code: reply.code, message: storableText(reply.message, limits.errorCharsMax) } };
}
