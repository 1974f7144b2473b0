import type { Query } from "../query.ts";

export type ConsumerRow = {
  id: string;
  code_version: string;
  first_seen_at: string;
  last_seen_at: string;
  age_seconds: number;
  batches: Record<string, number>;
  tasks: number;
  running: number;
};

// Of one that is gone, rows may still say that it runs them: until their lease has run out and the sweep has them.
const LIST = `
select c.id, c.code_version, c.first_seen_at, c.last_seen_at, c.batches, c.tasks,
  greatest(0, extract(epoch from agonus_now() - c.last_seen_at))::float8 as age_seconds, coalesce(r.running, 0)::int as running
from consumers c
left join (select consumer, count(*) as running from tasks where state = 'STARTED' group by 1) r on r.consumer = c.id
order by c.last_seen_at desc, c.id limit $1`;

/** Isolates that consumed within the last day, whoever was seen last first. */
export async function listConsumers(query: Query, most: number): Promise<ConsumerRow[]> {
  return query<ConsumerRow>(LIST, [most]);
}
