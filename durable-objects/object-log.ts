/** The log lines of an entry's object. */
import type { Env } from "../src/env.ts";
import { describeError } from "../src/log.ts";
import { makePorts } from "../src/ports.ts";
import type { DecisionRequest } from "../src/rounds/ports.ts";
import type { LiveState } from "./live-state.ts";

interface Asked {
  readonly entryId: string;
  readonly roundId: string | null;
  readonly correlationId?: string;
}

/** Logs a call only if it belongs to a request: a line for every decision of a round would hide all other lines. */
export function logObjectCall(
  env: Env,
  asked: Asked,
  did: "decide" | "think" | "call" | "answer" | "restore",
  outcome: string,
): void {
  if (!asked.correlationId) return;
  makePorts(env, asked.correlationId).log({
    event: "object",
    entry_id: asked.entryId,
    did,
    outcome,
    ...(asked.roundId === null ? {} : { round_id: asked.roundId }),
  });
}

export function logObjectFault(env: Env, where: string, error: unknown): void {
  makePorts(env, null).log({ event: "fault", where: `agent.${where}`, ...describeError(error) });
}

/** Logs that the object was ahead of the database and dropped its state. */
export function logYielded(env: Env, asked: DecisionRequest, { version, recoveries, round }: LiveState): void {
  makePorts(env, asked.correlationId ?? null).log({
    event: "yielded",
    entry_id: asked.entryId,
    held: { version, recoveries, round },
    given: { version: asked.version, recoveries: asked.recoveries, round: asked.view.round },
  });
}
