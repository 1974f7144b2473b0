/** What an entry's object logs of being asked. */
import type { Env } from "../src/env.ts";
import { makePorts } from "../src/ports.ts";
import type { DecisionRequest } from "../src/rounds/ports.ts";
import type { Held } from "./held.ts";

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

/** It was ahead of the database, and dropped what it held. */
export function sayYielded(env: Env, asked: DecisionRequest, { version, recoveries, round }: Held): void {
  makePorts(env, asked.correlationId ?? null).log({
    event: "yielded",
    entry_id: asked.entryId,
    held: { version, recoveries, round },
    given: { version: asked.version, recoveries: asked.recoveries, round: asked.view.round },
  });
}
