/** The state that an entry's object holds in memory, and how it compares with the database. Pure. */
import type { DecisionReply, DecisionRequest } from "../src/rounds/ports.ts";

export interface LiveState {
  readonly version: number;
  readonly recoveries: number;
  /** Whether the last decision placed orders. If so, their fill will raise the version once more. */
  readonly placed: boolean;
  readonly account: DecisionRequest["view"]["account"];
  readonly memory: DecisionRequest["view"]["memory"];
  /** The round of the last decision; −1 before the first. Rehearsals do not count. */
  readonly round: number;
  readonly decidedAt: string;
}

/** The answer to the last question, for whoever asks it again. */
export interface Answered {
  readonly roundId: string;
  readonly version: number;
  readonly reply: DecisionReply;
}

type Asked = Pick<DecisionRequest, "version" | "recoveries" | "roundId"> & {
  readonly view: { readonly round: number };
};

/**
 * Whether the object's state is missing or out of date. It is out of date after a recovery. It is also out of date when the
 * row's version has risen by more than the object's own orders and their fill explain.
 */
export function isBehind(held: LiveState | null, asked: Asked): boolean {
  if (!held || held.recoveries < asked.recoveries) return true;
  return asked.version > held.version + (held.placed ? 2 : 0);
}

/**
 * Whether the object knows of something that the database does not. Versions only rise. So either the database was restored
 * from a backup, or this request was read before the previous request. Postgres is the truth: a state that is ahead of it is
 * discarded.
 */
export function isAhead(held: LiveState | null, asked: Asked): boolean {
  if (!held) return false;
  const later = asked.roundId !== null && held.round > asked.view.round;
  return later || held.recoveries > asked.recoveries || held.version > asked.version;
}

/** The state after a decision. It holds the request's version and account, and the memory that the strategy chose to keep. */
export function stateAfterDecision(
  held: LiveState | null,
  request: DecisionRequest,
  choice: { readonly placed: boolean; readonly memory: LiveState["memory"] },
  now: number,
): LiveState {
  return {
    version: request.version,
    recoveries: request.recoveries,
    ...choice,
    account: request.view.account,
    round: request.roundId === null ? (held?.round ?? -1) : request.view.round,
    decidedAt: new Date(now).toISOString(),
  };
}

/** A state that knows the database's version and recoveries, and nothing else. */
export function emptyState(state: { readonly version: number; readonly recoveries: number }, now: number): LiveState {
  const nothing = { placed: false, account: { cash: "0", positions: {} }, memory: {}, round: -1 };
  return { version: state.version, recoveries: state.recoveries, ...nothing, decidedAt: new Date(now).toISOString() };
}
