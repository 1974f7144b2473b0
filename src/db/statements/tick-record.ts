/** The ledger of schedules: one row an expected firing. */
import type { Query } from "../query.ts";

export async function recordTick(
  query: Query,
  tick: {
    schedule: string;
    dueMs: number;
    outcome: "fired" | "late" | "coalesced" | "skipped";
    firedBy: string;
    reason: string | null;
    taskId: string | null;
  },
): Promise<boolean> {
  const rows = await query(
    `insert into ticks (schedule, due_at, outcome, fired_by, reason, task_id)
     values ($1, to_timestamp($2::float8 / 1000), $3, $4, $5, $6) on conflict do nothing returning schedule`,
    [tick.schedule, tick.dueMs, tick.outcome, tick.firedBy, tick.reason, tick.taskId],
  );
  return rows.length > 0;
}

/** Which of these firings have no row yet. */
export async function missingTicks(
  query: Query,
  expected: readonly { schedule: string; dueMs: number }[],
): Promise<{ schedule: string; dueMs: number }[]> {
  const rows = await query<{ schedule: string; due_ms: number }>(
    `select x.schedule, x.due_ms from jsonb_to_recordset($1::jsonb) as x(schedule text, due_ms float8)
     where not exists (select from ticks t where t.schedule = x.schedule and t.due_at = to_timestamp(x.due_ms / 1000))`,
    [JSON.stringify(expected.map((e) => ({ schedule: e.schedule, due_ms: e.dueMs })))],
  );
  return rows.map((row) => ({ schedule: row.schedule, dueMs: row.due_ms }));
}
