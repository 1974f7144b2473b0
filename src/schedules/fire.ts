/** Firing schedules: each tick's task is keyed by schedule and due time, so two firings run once. */

import { readScheduleStates, type ScheduleState } from "../db/statements/schedule-states.ts";
import { recordTicks } from "../db/statements/tick-record.ts";
import { describeError } from "../log.ts";
import type { TaskPorts } from "../tasks/define.ts";
import { dueTimes, judge, summedUp } from "./due.ts";
import type { Schedule } from "./table.ts";

export type Clock = "cron" | "beat" | "operator";

export function tickKey(schedule: string, dueMs: number): string {
  return `tick:${schedule}:${dueMs}`;
}

/** Why nothing of the schedule may run now; null when it may. A tick's own task, fired but not yet recorded, holds nothing. */
function heldBy(schedule: Schedule, state: ScheduleState | undefined, dueMs: readonly number[]): string | null {
  if (state?.paused_at) {
    return `paused by ${state.paused_by ?? "an operator"}${state.pause_reason ? `: ${state.pause_reason}` : ""}`;
  }
  const own =
    state?.unfinished_key !== null && dueMs.some((due) => tickKey(schedule.name, due) === state?.unfinished_key);
  if (schedule.overlap === "skip" && state?.unfinished_task && !own) {
    return `the run before has not ended: task ${state.unfinished_task}`;
  }
  return null;
}

/**
 * Fires what these schedules owe at `nowMs` and records every tick since the last recorded one, with its reason. Any
 * clock may call it at any time: of two that do, the rows of one stay (but a tick that ran is never 'skipped'), and both
 * enqueue the same task. `triggeredMs` is the minute for which the platform fired a Cron Trigger: due by its word, also
 * when somebody fires one by hand.
 */
export async function fireDue(
  ports: TaskPorts,
  due: readonly Schedule[],
  firedBy: Clock,
  nowMs: number,
  triggeredMs: number | null = null,
): Promise<void> {
  const states = await readScheduleStates(
    ports.query,
    due.map((schedule) => schedule.name),
  );
  for (const schedule of due) {
    try {
      await fireOne(ports, schedule, states.get(schedule.name), firedBy, nowMs, triggeredMs);
    } catch (error) {
      // One schedule's fault must not hold the others; its tick has no row, so the next look fires it.
      ports.log({ event: "fault", where: `schedule.${schedule.name}`, ...describeError(error) });
    }
  }
}

async function fireOne(
  ports: TaskPorts,
  schedule: Schedule,
  state: ScheduleState | undefined,
  firedBy: Clock,
  nowMs: number,
  triggeredMs: number | null,
): Promise<void> {
  const last = state?.last_due_ms ?? null;
  const unrecorded = dueTimes(schedule, last, nowMs);
  if (triggeredMs !== null && !unrecorded.includes(triggeredMs) && (last === null || triggeredMs > last)) {
    unrecorded.push(triggeredMs);
    unrecorded.sort((a, b) => a - b);
  }
  if (unrecorded.length === 0) return;
  const before = summedUp(unrecorded, last);
  const verdicts = judge(schedule, unrecorded, nowMs, heldBy(schedule, state, unrecorded));
  const rows: Parameters<typeof recordTicks>[1][number][] = [];
  if (last !== null) {
    // The last one again: who fired what another clock had held may have died before the row was put right.
    const key = tickKey(schedule.name, last);
    rows.push({ schedule: schedule.name, dueMs: last, outcome: "skipped", reason: null, firedBy, taskId: null, key });
  }
  for (const verdict of before ? [before, ...verdicts] : verdicts) {
    const runs = verdict.outcome === "fired" || verdict.outcome === "late";
    const key = tickKey(schedule.name, verdict.dueMs);
    const taskId = runs ? (await ports.enqueue(schedule.name, {}, { key, by: firedBy })).taskId : null;
    rows.push({ schedule: schedule.name, ...verdict, firedBy, taskId, key });
  }
  const recorded = await recordTicks(ports.query, rows);
  for (const row of rows) {
    const made = recorded.get(row.dueMs);
    if (!made) continue;
    ports.log({
      event: "schedule",
      schedule: row.schedule,
      due_at: new Date(row.dueMs).toISOString(),
      outcome: made.outcome,
      fired_by: firedBy,
      ...(made.reason ? { reason: made.reason } : {}),
    });
  }
}

/** An operator's own run, now: allowed while paused or overlapping, and in the ledger like any other. */
export async function runNow(
  ports: Pick<TaskPorts, "query" | "enqueue">,
  schedule: Schedule,
  nowMs: number,
): Promise<string> {
  const { taskId } = await ports.enqueue(schedule.name, {}, { key: null, by: "operator" });
  await recordTicks(ports.query, [
    {
      schedule: schedule.name,
      dueMs: nowMs,
      outcome: "fired",
      reason: "run by an operator",
      firedBy: "operator",
      taskId,
      key: null,
    },
  ]);
  return taskId;
}
