/** How many tasks have finished since ever, noted once a minute, so that a throughput is the difference of two rows. */
import type { Query } from "../query.ts";

const TOTAL = `(select coalesce(sum(n), 0) from metric_deltas
  where metric in ('run', 'finished') and state in ('SUCCESS', 'FAILURE', 'REVOKED'))`;

const SAMPLE = `
with old as (delete from throughput_samples where minute < agonus_now() - interval '2 hours')
insert into throughput_samples (minute, taken_at, finished)
select date_trunc('minute', agonus_now()), agonus_now(), ${TOTAL}
where not exists (select from throughput_samples where minute = date_trunc('minute', agonus_now()))
on conflict do nothing`;

export async function takeSample(query: Query): Promise<void> {
  await query(SAMPLE);
}

export interface Throughput {
  readonly minutes: number;
  /** Tasks that finished since the note that is nearest to so long ago. */
  readonly finished: number;
  /** How long ago that was. */
  readonly seconds: number;
}

const READ = `
select m.minutes, greatest(0, ${TOTAL} - s.finished)::int8 as finished,
  extract(epoch from agonus_now() - s.taken_at)::float8 as seconds
from unnest(array[1, 5, 60]) m(minutes), lateral (
  select taken_at, finished from throughput_samples
  where taken_at <= agonus_now() - make_interval(mins => m.minutes) order by minute desc limit 1) s
where s.taken_at > agonus_now() - make_interval(mins => m.minutes + 3)
order by m.minutes`;

/** Of the last 1, 5 and 60 minutes; a span that no note reaches back to is not there. */
export async function readThroughput(query: Query): Promise<Throughput[]> {
  return query<Throughput & Record<string, unknown>>(READ);
}

export interface MinuteThroughput {
  /** ISO time: when the minute began; where notes are missing, the first of those that it stands for. */
  readonly at: string;
  /** Tasks that finished a minute, between two notes. */
  readonly per_minute: number;
}

const HISTORY = `
select * from (
  select lag(minute) over w as at,
    round(greatest(0, finished - lag(finished) over w) * 60 / extract(epoch from taken_at - lag(taken_at) over w), 1)::float8 as per_minute
  from throughput_samples where minute > agonus_now() - interval '62 minutes' window w as (order by minute)) each
where at is not null order by at`;

/** Of the last hour, from note to note, the oldest first. */
export async function readThroughputHistory(query: Query): Promise<MinuteThroughput[]> {
  return query<MinuteThroughput & Record<string, unknown>>(HISTORY);
}
