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
