/** Firing a schedule's tick: its task is keyed by schedule and due time, so two firings run once. */
import { Cron } from "croner";
import { recordTick } from "../db/statements/tick-record.ts";
import type { TaskPorts } from "../tasks/define.ts";
import { type Schedule, schedules } from "./table.ts";

const MINUTE_MS = 60_000;
/** A tick that fires later than this is 'late'. */
const LATE_MS = 30_000;

export type Clock = "cron" | "beat" | "operator";

export async function fireTick(
  ports: TaskPorts,
  schedule: Schedule,
  dueMs: number,
  firedBy: Clock,
  nowMs: number,
): Promise<string> {
  const { taskId } = await ports.enqueue(schedule.name, {}, { key: `tick:${schedule.name}:${dueMs}`, by: firedBy });
  const late = nowMs - dueMs > LATE_MS;
  const recorded = await recordTick(ports.query, {
    schedule: schedule.name,
    dueMs,
    outcome: late ? "late" : "fired",
    firedBy,
    reason: late ? `${Math.round((nowMs - dueMs) / 1000)} s after it was due` : null,
    taskId,
  });
  if (recorded) {
    ports.log({
      event: "schedule",
      schedule: schedule.name,
      due_at: new Date(dueMs).toISOString(),
      outcome: late ? "late" : "fired",
      fired_by: firedBy,
    });
  }
  return taskId;
}

/** The last time at or before `nowMs` at which the schedule was due. Epoch milliseconds. */
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

/** The schedules that a Cron Trigger's expression drives, and the minute for which it fired. */
export function dueOfCron(cron: string, scheduledMs: number): { schedule: Schedule; dueMs: number }[] {
  const dueMs = Math.floor(scheduledMs / MINUTE_MS) * MINUTE_MS;
  return schedules.filter((schedule) => schedule.cron === cron).map((schedule) => ({ schedule, dueMs }));
}
