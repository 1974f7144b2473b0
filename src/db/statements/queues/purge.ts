/** Revokes the waiting tasks of a queue. Running tasks, and tasks that were made after the dry run, are left alone. */
import type { Query } from "../../query.ts";

/** `before` is the dry run's time. With `scheduled`, tasks that are not yet due are revoked too. */
export interface Purge {
  readonly queue: string;
  readonly scheduled: boolean;
  readonly before: string;
}

// The dry run and the purge share this condition, so the dry run counts what the purge takes.
const PURGED = `/* guard purge-queue */ queue = $1 /* end */ and /* guard purge-state */ state in ('PENDING', 'RETRY') /* end */ and /* guard purge-time */ created_at <= $2::timestamptz /* end */
    and due_at <= case when $3 then agonus_held() - interval '1 day' else $2::timestamptz end`;

const COUNTS = `
select name, state, count(*)::int as tasks, count(*) filter (where due_at > $2::timestamptz)::int as scheduled
from tasks where ${PURGED} group by 1, 2 order by 1, 2`;

export type PurgeCount = { name: string; state: string; tasks: number; scheduled: number };

export async function countPurge(query: Query, { queue, before, scheduled }: Purge): Promise<PurgeCount[]> {
  return query<PurgeCount>(COUNTS, [queue, before, scheduled]);
}

const REVOKE = `
with taken as (
  select id from tasks where ${PURGED} order by id limit $4 for no key update skip locked)
update tasks t set state = 'REVOKED', finished_at = agonus_now(),
  history = agonus_history(t.history, 'REVOKED', t.attempt, 'purged', $5)
from taken x where t.id = x.id /* guard purge-waiting */ and t.state in ('PENDING', 'RETRY') /* end */ returning t.id`;

/** Revokes at most `rowsMax` tasks and returns their number. 0 when none is left, or when all of them are locked. */
export async function revokeWaiting(
  query: Query,
  { queue, before, scheduled }: Purge,
  rowsMax: number,
  by: string,
): Promise<number> {
  return (await query(REVOKE, [queue, before, scheduled, rowsMax, by])).length;
}

export async function databaseTime(query: Query): Promise<string> {
  const [row] = await query<{ now: string }>(`select agonus_now() as now`);
  if (!row) throw new Error("the database did not say its time");
  return row.now;
}
