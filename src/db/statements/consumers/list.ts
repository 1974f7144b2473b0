import { limits } from "../../../core/limits.ts";
import type { Query } from "../../query.ts";

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

// Rows may still name a consumer that is gone, until their leases run out and the sweep takes them.
const LIST = `
select c.id, c.code_version, c.first_seen_at, c.last_seen_at, c.batches, c.tasks,
  greatest(0, extract(epoch from agonus_now() - c.last_seen_at))::float8 as age_seconds, coalesce(r.running, 0)::int as running
from consumers c
left join (select consumer, count(*) as running from tasks where state = 'STARTED' group by 1) r on r.consumer = c.id
order by c.last_seen_at > agonus_now() - interval '${limits.aliveSeconds} seconds' desc, c.first_seen_at desc, c.id limit $1`;

/** Isolates that consumed within the last day: those that are alive first, then the newest first, so that rows keep their places. */
export async function listConsumers(query: Query, most: number): Promise<ConsumerRow[]> {
  return query<ConsumerRow>(LIST, [most]);
}
