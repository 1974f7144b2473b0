/** Asks an entry's object, on behalf of a request if there is one. */
import { mayAskAgain, objectFault } from "../core/tasks/object-fault.ts";
import { OutOfReach } from "../db/errors.ts";
import type { DecisionReply, DecisionRequest, RoundPorts } from "./ports.ts";

/** The object's answer. One that was reset or lost is asked once more, by a fresh stub; what its code throws comes through. */
export async function askAgent(ports: RoundPorts, question: DecisionRequest): Promise<DecisionReply> {
  const request = { ...question, ...(ports.correlationId ? { correlationId: ports.correlationId } : {}) };
  try {
    return await ports.agent(request.entryId).decide(request);
  } catch (error) {
    if (!mayAskAgain(objectFault(error instanceof OutOfReach ? error.cause : error))) throw error;
    return await ports.agent(request.entryId).decide(request);
  }
}
