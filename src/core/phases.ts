/**
 * The times of a round. They follow from the interval alone. `intervalSeconds` is in seconds; everything else is in
 * milliseconds, rounded down, and points in time are epoch milliseconds.
 */
import { limits } from "./limits.ts";

const SECOND = 1000;
const MINUTE = 60 * SECOND;

/** How many closed candles of the tournament's interval the indicators read. Round 0 comes after that many candles. */
export const WARM_UP_CANDLES = 120;

/** How far a venue's window reaches back, in candles: more than it needs, so that a halt does not end a tournament. */
export const LOOK_BACK_CANDLES = 300;

/** A replay runs as fast as it can: its deadline is infinity, and nothing in it expires. */
export function isReplay(market: string): boolean {
  return market === "replay";
}

/** The window of a round: from its due time to its deadline. */
export function windowMs(intervalSeconds: number): number {
  return Math.floor(Math.min(150 * SECOND, (intervalSeconds * SECOND) / 2));
}

/** When an open round closes; Infinity in a replay. */
export function deadlineAt(dueAt: number, intervalSeconds: number, market: string): number {
  return isReplay(market) ? Number.POSITIVE_INFINITY : dueAt + windowMs(intervalSeconds);
}

/** The longest time that an entry waits after the due time before it sends for its decision. */
export function jitterCapMs(intervalSeconds: number): number {
  return Math.floor(Math.min(10 * SECOND, windowMs(intervalSeconds) / 5));
}

/** A window below this is too short to wait in. */
const SPREAD_WINDOW_MS = 15 * SECOND;

/**
 * The most time over which the language models of a round begin one after another. None in a replay, whose agents have their
 * own time, and none where the window is short.
 */
export function modelSpanMs(intervalSeconds: number, market: string): number {
  return isReplay(market) || windowMs(intervalSeconds) < SPREAD_WINDOW_MS ? 0 : jitterCapMs(intervalSeconds);
}

/** Whether each entry's object sends for its own decision, by its alarm. If not, the Arena sends for all. */
export function hasLoops(market: string, entries: number): boolean {
  return !isReplay(market) && entries <= limits.loopsMax;
}

/**
 * The time over which the entries of a round spread out, within the cap: 500 entries a second. A queue takes ten times as
 * many, but each message wakes an object, and other tournaments run on the same machine.
 */
export function jitterSpanMs(intervalSeconds: number, entries: number): number {
  return Math.floor(Math.min(jitterCapMs(intervalSeconds), Math.max(entries * 2, 1)));
}

/**
 * How many entries an Arena sends at a time. At most two slices are under way, so that decisions of other tournaments come
 * in between. Slices of a live round are small, because other decisions wait behind them. Five slices a second still bring
 * in all decisions by the deadline.
 */
export function sliceOf(market: string, intervalSeconds: number, entries: number): number {
  return isReplay(market) ? 1000 : Math.max(50, Math.ceil((entries * SECOND) / windowMs(intervalSeconds) / 5));
}

/** A round that has not moved for this long is stuck (round.stuck). */
export function stuckAfterMs(intervalSeconds: number): number {
  return Math.max(limits.stuckSecondsMin, limits.stuckIntervals * intervalSeconds) * SECOND;
}

/** How often owed decisions are sent again. */
export function resendStepMs(intervalSeconds: number): number {
  return Math.floor(Math.min(15 * SECOND, windowMs(intervalSeconds) / 5));
}

/** Delay before the `retry`-th retry (from 1) of a decision: 2, 4, 8 s for intervals of 40 s and more. */
export function decisionRetryDelayMs(intervalSeconds: number, retry: number): number {
  return Math.floor(Math.min(2 * SECOND, windowMs(intervalSeconds) / 10) * 2 ** (retry - 1));
}

/** The lease of an outside agent. */
export function outsideLeaseMs(intervalSeconds: number): number {
  return Math.floor(Math.min(20 * SECOND, windowMs(intervalSeconds) / 3));
}

/** Time since an entry's last stored decision (or its joining) after which recover_crashed_agents takes it up. */
export function crashedAfterMs(intervalSeconds: number): number {
  return Math.max(10 * MINUTE, 2 * intervalSeconds * SECOND);
}

/** Time since an entry's last stored decision after which its object's own alarm has it recovered. */
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
