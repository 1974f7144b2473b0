/** Retention of tasks. Each step is one short statement; the functions agonus_*_task_day are in the migrations. */
import { sqlState } from "../../errors.ts";
import type { Query } from "../../query.ts";

/** An id that is below every real id. */
export const FIRST_ID = "00000000-0000-0000-0000-000000000000";

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
  /** False: an earlier run detached the partition and ended before dropping it. */
  readonly attached: boolean;
  /** The table holds only the rows that had to stay when their day was dropped. */
  readonly kept: boolean;
}

const OLD_DAYS = `
select c.relname as name, c.relname like '%\\_kept' as kept, exists (select from pg_inherits i where i.inhrelid = c.oid) as attached
from pg_class c
where c.relnamespace = (select relnamespace from pg_class where oid = 'tasks'::regclass) and c.relkind = 'r'
  and c.relname ~ '^tasks_[0-9]{8}(_kept)?$'
  and (to_date(substr(c.relname, 7, 8), 'YYYYMMDD') + 1)::timestamp at time zone 'UTC' <= $1
order by 1`;

/** Days that ended before the horizon of successes, the oldest first. */
export async function oldTaskDays(query: Query, { successBefore }: Horizon): Promise<OldDay[]> {
  return query<OldDay & Record<string, unknown>>(OLD_DAYS, [successBefore]);
}

/** moved: `rows` rows stay. too_many: thin the day first. busy: the tables were locked and nothing was done. */
export type Detached = { readonly kind: "moved"; readonly rows: number } | { readonly kind: "too_many" | "busy" };

/** Claims of tasks wait for this statement, so it moves at most `rowsMax` rows. */
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

/**
 * Replaces a day's partition by a copy of the rows that must stay, and leaves the old partition for dropTaskDay. Claims
 * of tasks wait only for the swap, not for the copying. A copy that an earlier run left is thrown away. `goesOn` is
 * asked between statements.
 */
export async function swapTaskDay(
  query: Query,
  day: string,
  horizon: Horizon,
  rowsMax: number,
  tried: (step: () => Promise<Detached>) => Promise<Detached>,
  goesOn: () => boolean,
): Promise<Detached> {
  const times = [horizon.successBefore, horizon.failureBefore];
  const step = (text: string, params: readonly unknown[]) =>
    tried(() =>
      unlessBusy(async () => {
        await query(text, params);
        return { kind: "moved", rows: 0 };
      }),
    );
  const begun = await step(`select agonus_discard_task_copy($1)`, [day]);
  if (begun.kind !== "moved") return begun;
  const noted = await step(`select agonus_begin_task_copy($1)`, [day]);
  if (noted.kind !== "moved") return noted;
  let rows = 0;
  for (let after: string | null = FIRST_ID; after !== null; ) {
    if (!goesOn()) return { kind: "busy" };
    const [row]: { copied: number; last: string | null }[] = await query<{ copied: number; last: string | null }>(
      `select copied, last from agonus_copy_task_rows($1, $2, $3, $4, $5)`,
      [day, after, ...times, rowsMax],
    );
    rows += row?.copied ?? 0;
    after = row?.last ?? null;
  }
  const swapped = await step(`select agonus_swap_task_day($1, $2, $3)`, [day, ...times]);
  return swapped.kind === "moved" ? { kind: "moved", rows } : swapped;
}

/** Returns how many rows were dropped with the day. */
export async function dropTaskDay(query: Query, day: string): Promise<number> {
  const [row] = await query<{ rows: number }>(`select agonus_drop_task_day($1) as rows`, [day]);
  return row?.rows ?? 0;
}

/** Starts behind the id `after`. `last` is where the next call starts; null when the day is through. */
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
    // Claims of tasks queue up behind a lock that is waited for, so this statement gives up after 40 ms.
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
    // lock_not_available, or deadlock_detected.
    if (["55P03", "40P01"].includes(sqlState(error) ?? "")) return { kind: "busy" };
    throw error;
  }
}
