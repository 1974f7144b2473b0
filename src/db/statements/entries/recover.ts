/** Raises an entry's version and count of recoveries, once for each expected count, and says so in the recovery's row. */
import type { Query } from "../../query.ts";
import { ITS_TASK } from "../tasks/of-key.ts";

export interface Raised {
  readonly from_version: number;
  readonly version: number;
  readonly recoveries: number;
  readonly cash: string;
  readonly trades_count: number;
  /** Milliseconds since it was detected. */
  readonly since_ms: number;
}

// The owed round is the one of the detection, or else the one that is owed now. A repeat finds its row restored and answers
// from that row. Where another recovery has raised the count, the version stays as it is.
const RAISE = `
with /* guard recovery-keeps */ /* end */ raised as (
  update entries set version = version + 1, recoveries = recoveries + 1 where id = $1 /* guard recovery-count */ and recoveries = $2 /* end */
  returning id, version, recoveries),
recorded as (
  update recoveries v set restored_at = agonus_now(), from_version = e.version, to_version = coalesce(r.version, e.version),
    round_id = coalesce(v.round_id, agonus_owed_round(e.id))
  from entries e left join raised r on r.id = e.id
  where e.id = $1 and v.task_id = $3 and v.cause <> 'lease' and v.restored_at is null)
select coalesce(r.version, e.version) as version, coalesce(r.recoveries, e.recoveries) as recoveries,
  case when r.id is not null then e.version else coalesce(v.from_version, case when v.id is null then e.version - 1 else e.version end)
    end as from_version,
  trim_scale(e.cash)::text as cash, e.trades_count, coalesce(agonus_ms(agonus_now()) - agonus_ms(v.detected_at), 0) as since_ms
from entries e left join raised r on r.id = e.id
left join recoveries v on v.task_id = $3 and v.cause <> 'lease' where e.id = $1`;

/** `taskId`: of the recovery, whose row this restores. */
export async function raiseForRecovery(
  query: Query,
  entryId: string,
  expectedRecoveries: number,
  taskId: string | null = null,
): Promise<Raised> {
  const [row] = await query<Raised & Record<string, unknown>>(RAISE, [entryId, expectedRecoveries, taskId]);
  if (!row) throw new Error(`entry ${entryId} is gone`);
  return row;
}

export async function readRecoveries(query: Query, entryId: string): Promise<number> {
  const [row] = await query<{ recoveries: number }>(`select recoveries from entries where id = $1`, [entryId]);
  return row?.recoveries ?? 0;
}

const NEWEST = `
select k.key, x.id, x.state from task_keys k ${ITS_TASK}
where k.key >= 'recover:' || $1 || ':' and k.key < 'recover:' || $1 || ';' order by x.id desc limit 1`;

/** The key of an entry's next recovery. One that ended in vain, before it raised anything, gives way to another. */
export async function recoveryKey(query: Query, entryId: string): Promise<string> {
  const recoveries = await readRecoveries(query, entryId);
  const [newest] = await query<{ key: string; id: string; state: string }>(NEWEST, [entryId]);
  if (!newest?.key.endsWith(`:${recoveries}`)) return `recover:${entryId}:${recoveries}`;
  const inVain = newest.state === "FAILURE" || newest.state === "REVOKED";
  return inVain ? `recover:${entryId}:after-${newest.id}:${recoveries}` : newest.key;
}
