/** Reads all that /metrics shows of the database, in one statement and one snapshot. No scan grows with history. */
import { z } from "zod";
import type { Query } from "../../query.ts";

/** Upper bounds of the timing buckets in seconds. The SQL function agonus_bucket() must have the same bounds. */
export const timingBuckets = [
  0.005,
  0.01,
  0.025,
  0.05,
  0.1,
  0.25,
  0.5,
  1,
  2.5,
  5,
  10,
  30,
  60,
  300,
  Number.POSITIVE_INFINITY,
] as const;

/** The count of a backlog stops here, so that a scrape stays cheap when the engine is in trouble. */
const DEPTH_MAX = 100_000;

const METRICS = `
with live as (
  select t.id, greatest(0, date_part('epoch', o.opened_at - o.due_at)) as open_lag,
    greatest(0, date_part('epoch', s.settled_at - s.due_at)) as settle_lag,
    case when n.due_at < t.ends_at then greatest(0, date_part('epoch', agonus_now() - n.due_at)) else 0 end as unsettled_age
  from tournaments t
  left join lateral (select opened_at, due_at from rounds where tournament_id = t.id and opened_at is not null
    order by number desc limit 1) o on true
  left join lateral (select settled_at, due_at from rounds where tournament_id = t.id and settled_at is not null
    order by number desc limit 1) s on true
  left join lateral (select number from rounds where tournament_id = t.id and state in ('settled', 'skipped')
    order by number desc limit 1) d on true
  cross join lateral (select t.starts_at + (coalesce(d.number, -1) + 1) * make_interval(secs => t.interval_seconds) as due_at) n
  where t.status = 'live' and t.market <> 'replay')
select
  (select coalesce(jsonb_agg(c), '[]') from (
    select name, queue, state, greatest(0, sum(tasks)) as n from task_counts group by 1, 2, 3) c) as counts,
  (select coalesce(jsonb_agg(d), '[]') from (
    select metric, name, state, case when le < 'Infinity' then le end as le, sum(n) as n, sum(micros) as micros
    from metric_deltas group by metric, name, state, metric_deltas.le) d) as deltas,
  (select jsonb_agg(jsonb_build_object('queue', q.name,
    'depth', (select count(*) from (select from tasks where queue = q.name and state in ('PENDING', 'RETRY')
      and due_at <= (select agonus_now()) limit $2) w),
    'oldest_seconds', (select greatest(0, coalesce(date_part('epoch', agonus_now() - min(due_at)), 0)) from tasks
      where queue = q.name and state in ('PENDING', 'RETRY')),
    'paused', exists (select from queue_controls c where c.queue = q.name and c.paused_at is not null)))
    from unnest($1::text[]) q(name)) as queues,
  (select count(*) from (select from tasks where state = 'STARTED' and lease_until < (select agonus_now()) limit $2) e)::int
    as expired_leases,
  (select coalesce(sum(prevented), 0) from entries where prevented > 0)::float8 as prevented,
  (select jsonb_build_object('open_lag', coalesce(max(open_lag), 0), 'settle_lag', coalesce(max(settle_lag), 0),
    'unsettled_age', coalesce(max(unsettled_age), 0), 'tournaments', count(*)) from live) as rounds`;

const rowSchema = z.object({
  counts: z.array(z.object({ name: z.string(), queue: z.string(), state: z.string(), n: z.number() })),
  deltas: z.array(
    z.object({
      metric: z.string(),
      name: z.string(),
      state: z.string(),
      /** Null for the last bucket, and for a metric that is only counted. */
      le: z.number().nullable(),
      n: z.number(),
      micros: z.number(),
    }),
  ),
  queues: z.array(z.object({ queue: z.string(), depth: z.number(), oldest_seconds: z.number(), paused: z.boolean() })),
  expired_leases: z.number(),
  prevented: z.number(),
  /** The worst values of all live tournaments by the clock, in seconds. 0 without one. */
  rounds: z.object({
    open_lag: z.number(),
    settle_lag: z.number(),
    unsettled_age: z.number(),
    tournaments: z.number(),
  }),
});
export type MetricRows = z.infer<typeof rowSchema>;

export async function readMetrics(query: Query, queues: readonly string[]): Promise<MetricRows> {
  const [row] = await query(METRICS, [queues, DEPTH_MAX]);
  return rowSchema.parse(row);
}
