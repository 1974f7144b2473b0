/** When schedules are due, and the outcome of each tick. Pure. Times are epoch milliseconds, UTC. */
import { Cron } from "croner";
import type { Schedule } from "./schedule.ts";

/** A tick that fires later than this is 'late', and the schedule's policy for missed ticks applies to it. */
const LATE_MS = 30_000;
/** How many ticks back are recorded one by one after an outage. One row counts all earlier ones. */
export const TICKS_MAX = 2000;

/** How many ticks each step of the search back reads, until it reaches a recorded one. */
const LOOKS = [4, 64, TICKS_MAX];

/** The reference time for previousRuns, which leaves out its reference: the next whole second, so that a tick at `nowMs` counts. */
function afterThisSecond(nowMs: number): Date {
  return new Date((Math.floor(nowMs / 1000) + 1) * 1000);
}

/** The last time at or before `nowMs` at which the schedule was due; null if it never was. */
export function lastDueMs(schedule: Schedule, nowMs: number): number | null {
  if (schedule.everySeconds !== null) {
    const step = schedule.everySeconds * 1000;
    return Math.floor(nowMs / step) * step;
  }
  if (schedule.cron === null) return null;
  const [last] = new Cron(schedule.cron, { timezone: "UTC" }).previousRuns(1, afterThisSecond(nowMs));
  return last ? last.getTime() : null;
}

export function nextDueMs(schedule: Schedule, nowMs: number): number | null {
  if (schedule.everySeconds !== null) {
    const step = schedule.everySeconds * 1000;
    return (Math.floor(nowMs / step) + 1) * step;
  }
  return schedule.cron === null
    ? null
    : (new Cron(schedule.cron, { timezone: "UTC" }).nextRun(new Date(nowMs))?.getTime() ?? null);
}

/**
 * The due times after `afterMs` up to `nowMs`, oldest first, at most the newest TICKS_MAX. `afterMs` null: a schedule that has
 * never ticked owes no past ticks, so only the last due time counts, if it is not late.
 */
export function dueTimes(schedule: Schedule, afterMs: number | null, nowMs: number): number[] {
  const last = lastDueMs(schedule, nowMs);
  if (last === null) return [];
  if (afterMs === null) return nowMs - last <= LATE_MS ? [last] : [];
  const times: number[] = [];
  if (schedule.everySeconds !== null) {
    for (let at = last; at > afterMs && times.length < TICKS_MAX; at -= schedule.everySeconds * 1000) times.push(at);
  } else if (schedule.cron !== null && last > afterMs) {
    const cron = new Cron(schedule.cron, { timezone: "UTC" });
    // Each costs a fifth of a millisecond to find, and few are owed unless there was an outage.
    for (const count of LOOKS) {
      const before = cron.previousRuns(count, afterThisSecond(nowMs)).map((run) => run.getTime());
      times.splice(0, times.length, ...before.filter((at) => at > afterMs));
      if (times.length < before.length) break;
    }
  }
  return times.sort((a, b) => a - b);
}

export interface Verdict {
  readonly dueMs: number;
  readonly outcome: "fired" | "late" | "coalesced" | "skipped";
  readonly reason: string | null;
}

/** One verdict for all ticks between `afterMs` and the oldest of `looked`; null if there are none. */
export function summedUp(looked: readonly number[], afterMs: number | null): Verdict | null {
  const [oldest, newest] = [looked[0], looked.at(-1)];
  if (looked.length < TICKS_MAX || oldest === undefined || newest === undefined || afterMs === null) return null;
  const stepMs = Math.round((newest - oldest) / (looked.length - 1));
  const count = Math.ceil((oldest - afterMs) / stepMs) - 1;
  if (count < 1) return null;
  const reason = `one row stands for the ${count} ticks since ${new Date(afterMs).toISOString()}: no clock ran`;
  return { dueMs: oldest - stepMs, outcome: "coalesced", reason };
}

/** The outcome of each tick that has no row yet, by the schedule's policy. `held`: the reason why nothing may run now, or null. */
export function judge(
  schedule: Schedule,
  unrecorded: readonly number[],
  nowMs: number,
  held: string | null,
): Verdict[] {
  const newest = unrecorded.at(-1);
  return unrecorded.map((dueMs): Verdict => {
    const ageMs = nowMs - dueMs;
    const late = ageMs > LATE_MS;
    const age = `${Math.round(ageMs / 1000)} s after it was due`;
    if (held !== null) return { dueMs, outcome: "skipped", reason: held };
    const { missed } = schedule;
    if (missed.kind === "skip" && late) {
      return { dueMs, outcome: "skipped", reason: `it was not fired in time, and the next tick is near (${age})` };
    }
    if (missed.kind === "catch_up" && late && ageMs > missed.withinSeconds * 1000) {
      return { dueMs, outcome: "skipped", reason: `it is older than the ${missed.withinSeconds} s that are caught up` };
    }
    if (missed.kind === "run_once" && dueMs !== newest) {
      const reason = `it runs once, with the tick of ${new Date(newest ?? dueMs).toISOString()}`;
      return { dueMs, outcome: "coalesced", reason };
    }
    return late ? { dueMs, outcome: "late", reason: age } : { dueMs, outcome: "fired", reason: null };
  });
}
