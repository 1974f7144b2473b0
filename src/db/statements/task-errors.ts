/** GET /errors: failures in groups of one normalised error. */
import type { Query } from "../query.ts";

export type ErrorGroup = {
  signature: string;
  code: string | null;
  count: number;
  first_seen: string;
  last_seen: string;
  names: string[];
  task_ids: string[];
  last_id: string;
};

export interface ErrorFilter {
  readonly name: string | null;
  readonly since: string | null;
  readonly before: string | null;
  readonly limit: number;
}

/** The newest failures that are looked at: groups of older ones have `count`s that leave those out. */
export const ERRORS_LOOKED_AT = 100_000;

const GROUPS = `
with failed as (
  select id, name, finished_at, error->>'code' as code, coalesce(signature, error->>'code', 'task.failed') as signature
  from tasks where state = 'FAILURE' and state <> 'SUCCESS'
    and ($1::text is null or name = $1) and ($2::timestamptz is null or finished_at >= $2)
  order by id desc limit ${ERRORS_LOOKED_AT})
select signature, (array_agg(code order by id desc))[1] as code, count(*)::int as count, min(finished_at) as first_seen,
  max(finished_at) as last_seen, array_agg(distinct name) as names, (array_agg(id order by id desc))[1:5] as task_ids,
  (array_agg(id order by id desc))[1] as last_id
from failed group by signature
having $3::uuid is null or (array_agg(id order by id desc))[1] < $3
order by last_id desc limit $4`;

/** The group of the newest failure first. */
export async function errorGroups(query: Query, filter: ErrorFilter): Promise<ErrorGroup[]> {
  return query<ErrorGroup>(GROUPS, [filter.name, filter.since, filter.before, filter.limit]);
}
