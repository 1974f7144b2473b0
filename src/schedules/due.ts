/** When schedules are due, and what becomes of each tick: pure. Epoch milliseconds, UTC. */
import { Cron } from "croner";
import type { Schedule } from "./table.ts";

/** A tick that is fired later than this is 'late'; one that nobody fired by then was missed. */
export const LATE_MS = 30_000;
/** Ticks looked back for after an outage; what lies before is summed up in one row. */
export const TICKS_MAX = 2000;

/** How many times a look back takes at once, until one was recorded. */
const LOOKS = [4, 64, TICKS_MAX];

/** The last time at or before `nowMs` at which the schedule was due; null if it never was. */
export function lastDueMs(schedule: Schedule, nowMs: number): number | null {
  if (schedule.everySeconds !== null) {
    const step = schedule.everySeconds * 1000;
    return Math.floor(nowMs / step) * step;
  }
  if (schedule.cron === null) return null;
  // previousRuns is exclusive of its reference.
  const [last] = new Cron(schedule.cron, { timezone: "UTC" }).previousRuns(1, new Date(nowMs + 1000));
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

/** The due times after `afterMs` up to `nowMs`, oldest first; of more than TICKS_MAX the newest. Without `afterMs`
 * (a schedule that has never ticked owes nothing of the past) the last one, if it is fresh. */
export function dueTimes(schedule: Schedule, afterMs: number | null, nowMs: number): number[] {
  const last = lastDueMs(schedule, nowMs);
  if (last === null) return [];
  if (afterMs === null) return nowMs - last <= LATE_MS ? [last] : [];
  const times: number[] = [];
  if (schedule.everySeconds !== null) {
    for (let at = last; at > afterMs && times.length < TICKS_MAX; at -= schedule.everySeconds * 1000) times.push(at);
  } else if (schedule.cron !== null && last > afterMs) {
    const cron = new Cron(schedule.cron, { timezone: "UTC" });
    // Few are owed but for after an outage, and each costs a fifth of a millisecond to find.
    for (const count of LOOKS) {
      const before = cron.previousRuns(count, new Date(nowMs + 1000)).map((run) => run.getTime());
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

/** The ticks after `afterMs` that a look back of `looked` did not reach, as one; null when it reached them all. */
export function summedUp(looked: readonly number[], afterMs: number | null): Verdict | null {
  const [oldest, newest] = [looked[0], looked.at(-1)];
  if (looked.length < TICKS_MAX || oldest === undefined || newest === undefined || afterMs === null) return null;
  const stepMs = Math.round((newest - oldest) / (looked.length - 1));
  const count = Math.ceil((oldest - afterMs) / stepMs) - 1;
  if (count < 1) return null;
  const reason = `one row for the ${count} ticks since ${new Date(afterMs).toISOString()}: no clock ran`;
  return { dueMs: oldest - stepMs, outcome: "coalesced", reason };
}

/** What the schedule's policy makes of the ticks that have no row yet. `held` is why nothing may run now, if anything. */
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
      return { dueMs, outcome: "skipped", reason: `nobody fired it in time, and the next one is near (${age})` };
    }
    if (missed.kind === "catch_up" && late && ageMs > missed.withinSeconds * 1000) {
      return { dueMs, outcome: "skipped", reason: `older than the ${missed.withinSeconds} s that are caught up` };
    }
    if (missed.kind === "run_once" && dueMs !== newest) {
      const reason = `runs once with the tick of ${new Date(newest ?? dueMs).toISOString()}`;
      return { dueMs, outcome: "coalesced", reason };
    }
    return late ? { dueMs, outcome: "late", reason: age } : { dueMs, outcome: "fired", reason: null };
  });
}
