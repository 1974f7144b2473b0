/**
 * GET /errors: failures in groups of one normalised error. An agent from outside that did not answer is no failure of ours.
 */
import type { DecidedRound } from "../../../core/tasks/mending.ts";
import type { Query } from "../../query.ts";

export type ErrorGroup = {
  signature: string;
  code: string | null;
  count: number;
  first_seen: string;
  last_seen: string;
  names: string[];
  task_ids: string[];
  /** Failures in each of TREND_PARTS equal parts of the time that was asked for, the oldest first. */
  trend: number[];
  /** The rounds whose decisions the newest tasks are for. Null for a task that is for none. */
  rounds_of: (DecidedRound | null)[];
  last_id: string;
};

export interface ErrorFilter {
  readonly name: string | null;
  readonly since: string | null;
  readonly before: string | null;
  readonly limit: number;
  /** Only this group. */
  readonly signature?: string | null;
}

/** The newest failures that are looked at: groups of older ones have `count`s that leave those out. */
export const ERRORS_LOOKED_AT = 100_000;
const TREND_PARTS = 24;
/** What agents themselves missed, or left. Nothing of the platform has failed. */
export const OWN_CODES = "('round.no_answer', 'agent.halted', 'entry.withdrawn')";

// Without a time that was asked for, the trend begins with the oldest failure.
const GROUPS = `
with failed as materialized (
  select id, name, key, finished_at, error->>'code' as code, coalesce(signature, error->>'code', 'task.failed') as signature
  from tasks where state = 'FAILURE' and state <> 'SUCCESS'
    and coalesce(error->>'code', '') not in ${OWN_CODES}
    and ($1::text is null or name = $1) and ($2::timestamptz is null or finished_at >= $2)
    and ($5::text is null or coalesce(signature, error->>'code') = $5)
  order by id desc limit ${ERRORS_LOOKED_AT}),
span as (select extract(epoch from coalesce($2, min(finished_at)))::float8 as since, extract(epoch from agonus_now())::float8 as until from failed),
groups as (
  select signature, (array_agg(code order by id desc))[1] as code, count(*)::int as count, min(finished_at) as first_seen,
    max(finished_at) as last_seen, array_agg(distinct name) as names, (array_agg(id order by id desc))[1:5] as task_ids,
    (array_agg(key order by id desc))[1:5] as keys, (array_agg(id order by id desc))[1] as last_id
  from failed group by signature
  having $3::uuid is null or (array_agg(id order by id desc))[1] < $3
  order by last_id desc limit $4),
parts as (
  select signature, least(${TREND_PARTS}, greatest(1, width_bucket(extract(epoch from finished_at)::float8, since, greatest(until, since + 1), ${TREND_PARTS}))) as part,
    count(*)::int as n
  from failed, span where signature in (select signature from groups) group by 1, 2)
select g.signature, g.code, g.count, g.first_seen, g.last_seen, g.names, g.task_ids, g.last_id,
  (select array_agg(coalesce(p.n, 0) order by i) from generate_series(1, ${TREND_PARTS}) i
    left join parts p on p.signature = g.signature and p.part = i) as trend,
  (select jsonb_agg(case when r.id is not null then jsonb_build_object('number', r.number, 'state', r.state) end)
    from unnest(g.keys) k(key) left join rounds r on r.id = agonus_decided_round(k.key)) as rounds_of
from groups g order by g.last_id desc`;

/** The group of the newest failure first. */
export async function errorGroups(query: Query, filter: ErrorFilter): Promise<ErrorGroup[]> {
  const { name, since, before, limit, signature = null } = filter;
  return query<ErrorGroup>(GROUPS, [name, since, before, limit, signature]);
}
