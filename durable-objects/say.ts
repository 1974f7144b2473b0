/** What an entry's object logs of being asked. */
import type { Env } from "../src/env.ts";
import { makePorts } from "../src/ports.ts";

interface Asked {
  readonly entryId: string;
  readonly roundId: string | null;
  readonly correlationId?: string;
}

/** Only on behalf of a request: a line for every decision of a round would drown the others. */
export function say(env: Env, asked: Asked, did: "decide" | "think" | "answer" | "restore", outcome: string): void {
  if (!asked.correlationId) return;
  makePorts(env, asked.correlationId).log({
    event: "object",
    entry_id: asked.entryId,
    did,
    outcome,
    ...(asked.roundId === null ? {} : { round_id: asked.roundId }),
  });
}
