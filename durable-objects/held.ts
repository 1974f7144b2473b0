/** What an entry's object holds in memory, and how it stands to what the database says. Pure. */
import type { DecisionRequest } from "../src/rounds/ports.ts";

export interface Held {
  readonly version: number;
  readonly recoveries: number;
  /** Orders that it placed and whose fill will raise the version once more. */
  readonly placed: boolean;
  readonly account: DecisionRequest["view"]["account"];
  readonly memory: DecisionRequest["view"]["memory"];
  /** Of its last decision; −1 before one. Rehearsals are none. */
  readonly round: number;
  readonly decidedAt: string;
}

type Asked = Pick<DecisionRequest, "version" | "recoveries" | "roundId"> & {
  readonly view: { readonly round: number };
};

/** New, or the row went on without it: by a recovery, or further than its own orders and their fill explain. */
export function isBehind(held: Held | null, asked: Asked): boolean {
  if (!held || held.recoveries < asked.recoveries) return true;
  return asked.version > held.version + (held.placed ? 2 : 0);
}

/**
 * It knows of what the database doesn't: versions only rise, so the database was restored from a backup (or the question
 * was read before the last one). Postgres is the truth: what is ahead of it never happened.
 */
export function isAhead(held: Held | null, asked: Asked): boolean {
  if (!held) return false;
  const later = asked.roundId !== null && held.round > asked.view.round;
  return later || held.recoveries > asked.recoveries || held.version > asked.version;
}

/** After a question: what the database handed over, and what the agent remembers of it. */
export function adopted(
  held: Held | null,
  request: DecisionRequest,
  choice: { readonly placed: boolean; readonly memory: Held["memory"] },
  now: number,
): Held {
  return {
    version: request.version,
    recoveries: request.recoveries,
    ...choice,
    account: request.view.account,
    round: request.roundId === null ? (held?.round ?? -1) : request.view.round,
    decidedAt: new Date(now).toISOString(),
  };
}

/** Nothing but where the database stands. */
export function emptied(state: { readonly version: number; readonly recoveries: number }, now: number): Held {
  const nothing = { placed: false, account: { cash: "0", positions: {} }, memory: {}, round: -1 };
  return { version: state.version, recoveries: state.recoveries, ...nothing, decidedAt: new Date(now).toISOString() };
}
