/** Fires schedules. The key of a tick's task is its schedule and due time, so a tick that is fired twice runs once. */
import { recordTicks } from "../../db/statements/schedules/record-ticks.ts";
import { readScheduleStates, type ScheduleState } from "../../db/statements/schedules/states.ts";
import { describeError } from "../../log.ts";
import type { EnginePorts } from "../task.ts";
import { dueTimes, judge, summedUp } from "./due.ts";
import type { Schedule } from "./schedule.ts";

export type Clock = "cron" | "beat" | "operator";

function tickKey(schedule: string, dueMs: number): string {
  return `tick:${schedule}:${dueMs}`;
}

/** Why the schedule may not run now; null when it may. An unfinished task of one of these very ticks is no reason. */
function reasonToHold(schedule: Schedule, state: ScheduleState | undefined, dueMs: readonly number[]): string | null {
  if (state?.paused_at) {
    return `paused by ${state.paused_by ?? "an operator"}${state.pause_reason ? `: ${state.pause_reason}` : ""}`;
  }
  const own =
    state?.unfinished_key !== null && dueMs.some((due) => tickKey(schedule.name, due) === state?.unfinished_key);
  if (schedule.overlap === "skip" && state?.unfinished_task && !own) {
    return `the previous run has not ended: task ${state.unfinished_task}`;
  }
  return null;
}

/**
 * Fires what these schedules owe at `nowMs`, and records every tick since the last recorded one with its reason. Any clock
 * may call it at any time. If two clocks fire the same tick, both enqueue the same task and one row stays; a tick that ran is
 * never recorded as 'skipped'. `triggeredMs` is the minute for which the platform fired a Cron Trigger. That minute counts as
 * due, so that a trigger which is fired by hand runs too.
 */
export async function fireDue(
  ports: EnginePorts,
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
      // A fault of one schedule must not stop the others. Its tick has no row, so the next call fires it.
      ports.log({ event: "fault", where: `schedule.${schedule.name}`, ...describeError(error) });
    }
  }
}

async function fireOne(
  ports: EnginePorts,
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
  // A schedule that has never ticked has missed nothing. A stack that starts late in a minute gets that minute's trigger at once.
  const judgedMs = last === null ? Math.max(...unrecorded) : nowMs;
  const verdicts = judge(schedule, unrecorded, judgedMs, reasonToHold(schedule, state, unrecorded));
  const rows: Parameters<typeof recordTicks>[1][number][] = [];
  if (last !== null) {
    // The last recorded tick is written again. Another clock may have recorded it as skipped while a second clock fired it,
    // and the second one may have died before it corrected the row.
    const key = tickKey(schedule.name, last);
    rows.push({ schedule: schedule.name, dueMs: last, outcome: "skipped", reason: null, firedBy, taskId: null, key });
  }
  for (const verdict of before ? [before, ...verdicts] : verdicts) {
    const runs = verdict.outcome === "fired" || verdict.outcome === "late";
    const key = tickKey(schedule.name, verdict.dueMs);
    const taskId = runs
      ? (await ports.enqueue(schedule.name, {}, { key: /* guard tick-key */ key /* end */, by: firedBy })).taskId
      : null;
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

/** Runs the schedule now for an operator, even if it is paused or still running. The run has a row like every tick. */
export async function runNow(
  ports: Pick<EnginePorts, "query" | "enqueue">,
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
