/** The ledger of schedules: one row an expected firing. */
import type { Query } from "../query.ts";

export interface TickRow {
  readonly schedule: string;
  /** Epoch milliseconds. */
  readonly dueMs: number;
  readonly outcome: "fired" | "late" | "coalesced" | "skipped";
  readonly firedBy: string;
  readonly reason: string | null;
  readonly taskId: string | null;
}

const RECORD = `
insert into ticks (schedule, due_at, outcome, fired_by, reason, task_id)
select x.schedule, to_timestamp(x.due_ms / 1000), x.outcome, x.fired_by, x.reason, x.task_id
from jsonb_to_recordset($1::jsonb) as x(schedule text, due_ms float8, outcome text, fired_by text, reason text, task_id uuid)
on conflict do nothing returning agonus_ms(due_at) as due_ms`;

/** The due times whose row this call made; those that another clock recorded first stay as they are. */
export async function recordTicks(query: Query, ticks: readonly TickRow[]): Promise<Set<number>> {
  const rows = await query<{ due_ms: number }>(RECORD, [
    JSON.stringify(
      ticks.map((tick) => ({
        schedule: tick.schedule,
        due_ms: tick.dueMs,
        outcome: tick.outcome,
        fired_by: tick.firedBy,
        reason: tick.reason,
        task_id: tick.taskId,
      })),
    ),
  ]);
  return new Set(rows.map((row) => Math.round(row.due_ms)));
}
