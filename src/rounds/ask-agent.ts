/** Asks an entry's object, on behalf of a request if there is one. */
import { OutOfReach } from "../db/errors.ts";
import type { DecisionReply, DecisionRequest, RoundPorts } from "./ports.ts";

/** The object's answer; a reset of the platform is retried once with a fresh stub and is never the agent's fault. */
export async function askAgent(ports: RoundPorts, question: DecisionRequest): Promise<DecisionReply> {
  const request = { ...question, ...(ports.correlationId ? { correlationId: ports.correlationId } : {}) };
  try {
    return await ports.agent(request.entryId).decide(request);
  } catch (error) {
    const fault = error instanceof OutOfReach ? error.cause : error;
    const retryable = fault instanceof Error && "retryable" in fault && fault.retryable === true;
    const overloaded = fault instanceof Error && "overloaded" in fault && fault.overloaded === true;
    if (!retryable || overloaded) throw error;
    return await ports.agent(request.entryId).decide(request);
  }
}
