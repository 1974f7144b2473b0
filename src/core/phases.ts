/**
 * The times of a round, of CONTRACT "Times", from the interval alone. Everything is milliseconds, but for
 * `intervalSeconds`; times are epoch milliseconds. What is below a millisecond is rounded down.
 */
import { limits } from "./limits.ts";

const SECOND = 1000;
const MINUTE = 60 * SECOND;

/** Closed candles of the tournament's interval that every indicator window spans; round 0 comes after as many. */
export const WARM_UP_CANDLES = 120;

/** Replays run as fast as they can: their deadline is infinity and nothing in them expires. */
export function isReplay(market: string): boolean {
  return market === "replay";
}

/** W: from the due time to the deadline. */
export function windowMs(intervalSeconds: number): number {
  return Math.floor(Math.min(150 * SECOND, (intervalSeconds * SECOND) / 2));
}

/** When an open round closes; Infinity in a replay. */
export function deadlineAt(dueAt: number, intervalSeconds: number, market: string): number {
  return isReplay(market) ? Number.POSITIVE_INFINITY : dueAt + windowMs(intervalSeconds);
}

/** No entry waits longer than this after the due time before it sends its decision. */
export function jitterCapMs(intervalSeconds: number): number {
  return Math.floor(Math.min(10 * SECOND, windowMs(intervalSeconds) / 5));
}

/** Whether every entry's object has a loop of its own, whose alarm sends; else the Arena sends. */
export function hasLoops(market: string, entries: number): boolean {
  return !isReplay(market) && entries <= limits.loopsMax;
}

/**
 * Over how long a round's entries spread out, within the cap: 500 a second. A queue takes ten times as many, but each wakes
 * an object, and others play on the same machine.
 */
export function jitterSpanMs(intervalSeconds: number, entries: number): number {
  return Math.floor(Math.min(jitterCapMs(intervalSeconds), Math.max(entries * 2, 1)));
}

/**
 * Entries that an Arena sends at a time; twice as many are under way at most, and others' decisions come between. A live
 * round's are few, for a small tournament's decisions wait behind them; five slices a second bring all in by its deadline.
 */
export function sliceOf(market: string, intervalSeconds: number, entries: number): number {
  return isReplay(market) ? 1000 : Math.max(50, Math.ceil((entries * SECOND) / windowMs(intervalSeconds) / 5));
}

/** How often owed decisions are sent again. */
export function resendStepMs(intervalSeconds: number): number {
  return Math.floor(Math.min(15 * SECOND, windowMs(intervalSeconds) / 5));
}

/** Delay before the `retry`-th retry (from 1) of a decision: 2, 4, 8 s for intervals of 40 s and more. */
export function decisionRetryDelayMs(intervalSeconds: number, retry: number): number {
  return Math.floor(Math.min(2 * SECOND, windowMs(intervalSeconds) / 10) * 2 ** (retry - 1));
}

/** The lease of an agent that calls out. */
export function outsideLeaseMs(intervalSeconds: number): number {
  return Math.floor(Math.min(20 * SECOND, windowMs(intervalSeconds) / 3));
}

/** Time since an entry's last stored decision (or its joining) after which recover_crashed_agents takes it up. */
export function crashedAfterMs(intervalSeconds: number): number {
  return Math.max(10 * MINUTE, 2 * intervalSeconds * SECOND);
}

/** The same for the object's own alarm. */
export function staleAfterMs(intervalSeconds: number): number {
  return 2 * intervalSeconds * SECOND;
}

export function roundDueAt(startsAt: number, intervalSeconds: number, round: number): number {
  return startsAt + round * intervalSeconds * SECOND;
}

/** The last round that is due at `at`; −1 before the first. */
export function roundNumberAt(startsAt: number, intervalSeconds: number, at: number): number {
  return Math.max(-1, Math.floor((at - startsAt) / (intervalSeconds * SECOND)));
}

/** How many rounds a tournament has: those due before its end. */
export function roundCount(startsAt: number, endsAt: number, intervalSeconds: number): number {
  return Math.max(0, Math.ceil((endsAt - startsAt) / (intervalSeconds * SECOND)));
}
