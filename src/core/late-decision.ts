/** Why no decision was stored before the round closed: the agent thinks for too long, or its answer came late. Pure. */
import type { ErrorCode } from "./error-codes.ts";
import { windowMs } from "./phases.ts";

export interface Late {
  readonly code: ErrorCode;
  readonly message: string;
}

/** `thinkingSeconds`: how long the agent thinks by its settings; null for one that answers at once. */
export function lateDecision(thinkingSeconds: number | null, intervalSeconds: number): Late {
  const windowSeconds = windowMs(intervalSeconds) / 1000;
  return thinkingSeconds !== null && thinkingSeconds >= windowSeconds
    ? {
        code: "agent.timeout",
        message: `The agent thinks for ${thinkingSeconds} s, and its rounds close after ${windowSeconds} s.`,
      }
    : { code: "round.late", message: "The round had closed before the decision came." };
}
