/** Revoking what waits in a queue: never what runs, and never what came after the look that it was agreed upon. */
import { limits } from "../../core/limits.ts";
import type { Query } from "../query.ts";

/** `before` is the dry run's time; `scheduled` takes in what is not yet due. */
export interface Purge {
  readonly queue: string;
  readonly scheduled: boolean;
  readonly before: string;
}

// One condition, so that the dry run counts what the purge takes.
const PURGED = `queue = $1 and state in ('PENDING', 'RETRY') and created_at <= $2::timestamptz
    and due_at <= case when $3 then 'infinity' else $2::timestamptz end`;

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
  history = (case when jsonb_array_length(t.history) >= ${limits.historyItemsMax} then t.history - 1 else t.history end) ||
    jsonb_build_array(jsonb_build_object('at', agonus_now(), 'state', 'REVOKED', 'attempt', t.attempt, 'why', 'purged') || agonus_signed($5))
from taken x where t.id = x.id and t.state in ('PENDING', 'RETRY') returning t.id`;

/** One step of it; how many it took. None left, or all of them locked: 0. */
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
