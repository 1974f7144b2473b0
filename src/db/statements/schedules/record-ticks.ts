/** The ledger of schedules: one row for each expected firing. */
import type { Query } from "../../query.ts";

export interface TickRow {
  readonly schedule: string;
  /** Epoch milliseconds. */
  readonly dueMs: number;
  readonly outcome: "fired" | "late" | "coalesced" | "skipped";
  readonly firedBy: string;
  readonly reason: string | null;
  readonly taskId: string | null;
  /**
   * The unique key of the task that this firing makes. RECORD finds the task by the key. Null for an operator's run.
   */
  readonly key: string | null;
}

// A tick that made a task is never recorded as skipped. A clock may die between the task and this row; the next clock
// would skip a tick that old, so the task is found by its key. A clock may also skip a tick because an earlier run goes
// on, just before another clock fires the tick; the update then corrects the row.
const RECORD = `
insert into ticks (schedule, due_at, outcome, fired_by, reason, task_id)
select x.schedule, to_timestamp(x.due_ms / 1000),
  case when x.task_id is null and k.task_id is not null then 'fired' else x.outcome end, x.fired_by,
  case when x.task_id is null and k.task_id is not null then null else x.reason end, coalesce(x.task_id, k.task_id)
from jsonb_to_recordset($1::jsonb) as x(schedule text, due_ms float8, outcome text, fired_by text, reason text, task_id uuid, key text)
left join task_keys k on k.key = x.key
on conflict (schedule, due_at) do update set outcome = excluded.outcome, fired_by = excluded.fired_by, fired_at = agonus_now(),
  reason = excluded.reason, task_id = excluded.task_id
  where ticks.task_id is null and excluded.task_id is not null
returning agonus_ms(due_at) as due_ms, outcome, reason`;

export type Recorded = { readonly outcome: TickRow["outcome"]; readonly reason: string | null };

/** The ticks whose row this call made or corrected, by due time. All other rows stay as another clock recorded them. */
export async function recordTicks(query: Query, ticks: readonly TickRow[]): Promise<Map<number, Recorded>> {
  const rows = await query<Recorded & { due_ms: number }>(RECORD, [
    JSON.stringify(
      ticks.map((tick) => ({
        schedule: tick.schedule,
        due_ms: tick.dueMs,
        outcome: tick.outcome,
        fired_by: tick.firedBy,
        reason: tick.reason,
        task_id: tick.taskId,
        key: tick.key,
      })),
    ),
  ]);
  return new Map(rows.map((row) => [Math.round(row.due_ms), row]));
}
