/** Samples of how many tasks have ever finished, once a minute. A throughput is the difference of two samples. */
import type { Query } from "../../query.ts";

const TOTAL = `(select coalesce(sum(n), 0) from metric_deltas
  where metric in ('run', 'finished') and state in ('SUCCESS', 'FAILURE', 'REVOKED'))`;

// A task's name tells its queue. The roll-up of all tasks knows both.
const BY_QUEUE = `(select coalesce(jsonb_object_agg(queue, jsonb_build_array(finished, failed)), '{}') from (
    select q.queue, sum(d.n) as finished, coalesce(sum(d.n) filter (where d.state = 'FAILURE'), 0) as failed
    from metric_deltas d join (select name, max(queue) as queue from task_counts group by name) q on q.name = d.name
    where d.metric in ('run', 'finished') and d.state in ('SUCCESS', 'FAILURE', 'REVOKED') group by q.queue) x)`;

const SAMPLE = `
with old as (delete from throughput_samples where minute < agonus_now() - interval '2 hours')
insert into throughput_samples (minute, taken_at, finished, by_queue)
select date_trunc('minute', agonus_now()), agonus_now(), ${TOTAL}, ${BY_QUEUE}
where not exists (select from throughput_samples where minute = date_trunc('minute', agonus_now()))
on conflict do nothing`;

export async function takeSample(query: Query): Promise<void> {
  await query(SAMPLE);
}

export interface Throughput {
  readonly minutes: number;
  /** Tasks that finished since the newest sample that is at least `minutes` old. */
  readonly finished: number;
  /** The age of that sample. */
  readonly seconds: number;
}

const READ = `
select m.minutes, greatest(0, ${TOTAL} - s.finished)::int8 as finished,
  extract(epoch from agonus_now() - s.taken_at)::float8 as seconds
from unnest(array[1, 5, 60]) m(minutes), lateral (
  select taken_at, finished from throughput_samples
  where taken_at <= agonus_now() - make_interval(mins => m.minutes) order by minute desc limit 1) s
where s.taken_at > agonus_now() - make_interval(mins => m.minutes, secs => 75)
order by m.minutes`;

/** Finished tasks of the last 1, 5 and 60 minutes. A span without a sample of about that age is left out. */
export async function readThroughput(query: Query): Promise<Throughput[]> {
  return query<Throughput & Record<string, unknown>>(READ);
}

export interface MinuteThroughput {
  /** ISO time of the minute's start. When samples are missing, the start of the whole gap. */
  readonly at: string;
  /** Finished tasks per minute between two samples. */
  readonly per_minute: number;
  /** Those of them that failed. */
  readonly failed_per_minute: number;
  /** Finished tasks per minute, by queue. A queue without any is left out. */
  readonly queues: Readonly<Record<string, number>>;
}

// A sample of an older version knows no queues: nothing is counted from it. A name without a task left has no queue, so a queue's sum can fall: such a minute counts as 0.
// The first minute of a stack is a part of one: what ended in it is not more because it was short.
const HISTORY = `
with spans as (
  select lag(minute) over w as at, lag(finished) over w as before, finished, by_queue, lag(by_queue) over w as by_queue_before,
    greatest(1, extract(epoch from taken_at - lag(taken_at) over w) / 60) as minutes,
    case when lag(by_queue) over w = '{}' and lag(finished) over w > 0 then null else 0 end as nothing
  from throughput_samples where minute > agonus_now() - interval '62 minutes' window w as (order by minute))
select at, round(greatest(0, finished - before) / minutes, 1)::float8 as per_minute,
  coalesce((select round(sum(greatest(0, (q.value->>1)::numeric - coalesce((by_queue_before->q.key->>1)::numeric, nothing))) / minutes, 1)
    from jsonb_each(by_queue) q), 0)::float8 as failed_per_minute,
  coalesce((select jsonb_object_agg(key, rate) from (
    select q.key, round(greatest(0, (q.value->>0)::numeric - coalesce((by_queue_before->q.key->>0)::numeric, nothing)) / minutes, 1) as rate
    from jsonb_each(by_queue) q) r where rate > 0), '{}') as queues
from spans where at is not null order by at`;

/** Finished tasks of the last hour between neighbouring samples, oldest first. */
export async function readThroughputHistory(query: Query): Promise<MinuteThroughput[]> {
  return query<MinuteThroughput & Record<string, unknown>>(HISTORY);
}
