/** Pausing a schedule, with a reason, and letting it run again. */
import type { Query } from "../../query.ts";

export async function pauseSchedule(query: Query, schedule: string, by: string, reason: string | null): Promise<void> {
  await query(
    `insert into schedule_controls (schedule, paused_at, paused_by, pause_reason) values ($1, agonus_now(), $2, $3)
     on conflict (schedule) do update set paused_at = coalesce(schedule_controls.paused_at, excluded.paused_at),
       paused_by = excluded.paused_by, pause_reason = excluded.pause_reason`,
    [schedule, by, reason],
  );
}

export async function resumeSchedule(query: Query, schedule: string): Promise<void> {
  await query(
    `update schedule_controls set paused_at = null, paused_by = null, pause_reason = null where schedule = $1`,
    [schedule],
  );
}
