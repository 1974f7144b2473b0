/** Retention of tasks, in steps of one short statement each: see the functions agonus_*_task_day in the migrations. */
import { sqlState } from "../errors.ts";
import type { Query } from "../query.ts";

export interface Horizon {
  readonly successBefore: string;
  readonly failureBefore: string;
}

/** The times before which a finished task may go, fixed once for a whole run. */
export async function retentionHorizon(query: Query, successHours: number, failureHours: number): Promise<Horizon> {
  const [row] = await query<{ s: string; f: string }>(
    `select agonus_now() - make_interval(hours => $1) as s, agonus_now() - make_interval(hours => $2) as f`,
    [successHours, failureHours],
  );
  if (!row) throw new Error("the database said no time");
  return { successBefore: row.s, failureBefore: row.f };
}

export interface OldDay {
  readonly name: string;
  /** False: taken out by a run that ended before it dropped it. */
  readonly attached: boolean;
}

const OLD_DAYS = `
select c.relname as name, exists (select from pg_inherits i where i.inhrelid = c.oid) as attached
from pg_class c
where c.relnamespace = (select relnamespace from pg_class where oid = 'tasks'::regclass) and c.relkind = 'r'
  and c.relname ~ '^tasks_[0-9]{8}$'
  and (to_date(substr(c.relname, 7), 'YYYYMMDD') + 1)::timestamp at time zone 'UTC' <= $1
order by 1`;

/** Days that ended before the horizon of successes, the oldest first. */
export async function oldTaskDays(query: Query, { successBefore }: Horizon): Promise<OldDay[]> {
  return query<OldDay & Record<string, unknown>>(OLD_DAYS, [successBefore]);
}

/** moved: how many rows stay; too_many: thin it first; busy: somebody held the tables, nothing was done. */
export type Detached = { readonly kind: "moved"; readonly rows: number } | { readonly kind: "too_many" | "busy" };

/** A claim waits for it at most as long as `rowsMax` rows take to move. */
export async function detachTaskDay(query: Query, day: string, horizon: Horizon, rowsMax: number): Promise<Detached> {
  return unlessBusy(async () => {
    const [row] = await query<{ rows: number | null }>(`select agonus_detach_task_day($1, $2, $3, $4) as rows`, [
      day,
      horizon.successBefore,
      horizon.failureBefore,
      rowsMax,
    ]);
    return row?.rows == null ? { kind: "too_many" } : { kind: "moved", rows: row.rows };
  });
}

/** Rows that went with it. */
export async function dropTaskDay(query: Query, day: string): Promise<number> {
  const [row] = await query<{ rows: number }>(`select agonus_drop_task_day($1) as rows`, [day]);
  return row?.rows ?? 0;
}

/** Goes on behind `after`; `last` is null behind the last row. */
export async function thinTaskDay(
  query: Query,
  day: string,
  after: string,
  horizon: Horizon,
  rowsMax: number,
): Promise<{ deleted: number; last: string | null }> {
  const [row] = await query<{ deleted: number; last: string | null }>(
    `select deleted, last from agonus_thin_task_day($1, $2, $3, $4, $5)`,
    [day, after, horizon.successBefore, horizon.failureBefore, rowsMax],
  );
  return row ?? { deleted: 0, last: null };
}

/** The partitions of today and of the days ahead; "busy" when the tables were held. */
export async function makeTaskDays(query: Query, daysAhead: number): Promise<Detached> {
  return unlessBusy(async () => {
    // Whoever claims queues up behind a lock that is waited for: this one gives up long before that hurts.
    const [row] = await query<{ rows: number }>(
      `with quick as materialized (select set_config('lock_timeout', '40ms', true) as set)
       select agonus_task_partitions($1) as rows from quick where set is not null`,
      [daysAhead],
    );
    return { kind: "moved", rows: row?.rows ?? 0 };
  });
}

async function unlessBusy(step: () => Promise<Detached>): Promise<Detached> {
  try {
    return await step();
  } catch (error) {
    // lock_not_available, or the loser of a deadlock that the lock made.
    if (["55P03", "40P01"].includes(sqlState(error) ?? "")) return { kind: "busy" };
    throw error;
  }
}
