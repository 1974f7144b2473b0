/** How the newest finished tasks went: their states, waits and run times. */
import type { Query } from "../../query.ts";
import { OWN_CODES } from "./errors.ts";

export type RecentTasks = {
  /** As many were looked at. */
  tasks: number;
  /** When the oldest of them was received. */
  since: string | null;
  success: number;
  /** Without the tasks that count as missed. */
  failure: number;
  /** Agents from outside did not answer in time: the platform has not failed. */
  missed: number;
  revoked: number;
  /** Seconds from being due to the first start; of a retried one from its receipt. */
  wait_p50: number | null;
  wait_p95: number | null;
  /** Seconds from the first start to the end. */
  run_p50: number | null;
  run_p95: number | null;
};

/** Looked back over so many tasks by id, finished or not. */
const LOOKED_AT = 2000;

const RECENT = `
with newest as materialized (
  select case when state = 'FAILURE' and error->>'code' in ${OWN_CODES} then 'missed' else state end as state,
    attempt, created_at, due_at, started_at, finished_at from tasks order by id desc limit ${LOOKED_AT}),
ended as (
  select state, created_at, greatest(0, extract(epoch from started_at - case when attempt <= 1 then due_at else created_at end))::float8 as wait,
    extract(epoch from finished_at - started_at)::float8 as run
  from newest where finished_at is not null)
select count(*)::int as tasks, min(created_at) as since,
  (count(*) filter (where state = 'SUCCESS'))::int as success,
  (count(*) filter (where state = 'FAILURE'))::int as failure,
  (count(*) filter (where state = 'missed'))::int as missed,
  (count(*) filter (where state = 'REVOKED'))::int as revoked,
  percentile_cont(0.5) within group (order by wait) as wait_p50, percentile_cont(0.95) within group (order by wait) as wait_p95,
  percentile_cont(0.5) within group (order by run) as run_p50, percentile_cont(0.95) within group (order by run) as run_p95
from ended`;

export async function recentTasks(query: Query): Promise<RecentTasks> {
  const [row] = await query<RecentTasks>(RECENT);
  if (!row) throw new Error("an aggregate gave no row");
  return row;
}
