/** The depth of each queue, from task rows: partial indexes on open states, so finished tasks cost nothing. */
import { limits } from "../../../core/limits.ts";
import type { Query } from "../../query.ts";

export type QueueDepth = {
  queue: string;
  paused_at: string | null;
  paused_by: string | null;
  pause_reason: string | null;
  max_running: number | null;
  /** Due now; counted up to COUNT_MAX. */
  waiting: number;
  /** Not yet due; counted up to COUNT_MAX. Tasks that wait for an agent from outside are in no queue. */
  scheduled: number;
  running: number;
  oldest_waiting_seconds: number | null;
  dead_letters: number;
  /** The dead letters that no operator has sent again, and those that are unreadable. */
  dead_letters_open: number;
  dead_letters_unreadable: number;
  consumers_seen: number;
  /** Those that reported in the last limits.aliveSeconds. */
  consumers_alive: number;
};

/** A count stops here and then means "at least", so that a request stays fast on a long queue. */
export const COUNT_MAX = 100_000;
export const SEEN_SECONDS = 60;

const DEPTHS = `
select q.queue, c.paused_at, c.paused_by, c.pause_reason, c.max_running,
  (select count(*) from (select from tasks where queue = q.queue and state in ('PENDING', 'RETRY') and due_at <= n.now
    limit $2) x)::int as waiting,
  (select count(*) from (select from tasks where queue = q.queue and state in ('PENDING', 'RETRY') and due_at > n.now
    and due_at < agonus_held()
    limit $2) x)::int as scheduled,
  (select count(*) from tasks where queue = q.queue and state = 'STARTED')::int as running,
  (select greatest(0, extract(epoch from n.now - due_at)) from tasks
    where queue = q.queue and state in ('PENDING', 'RETRY') and due_at <= n.now order by due_at limit 1)::float8 as oldest_waiting_seconds,
  d.letters as dead_letters, d.open as dead_letters_open, d.unreadable as dead_letters_unreadable,
  (select count(*) from consumers s where s.last_seen_at > n.now - make_interval(secs => $3) and s.batches ? q.queue)::int as consumers_seen,
  (select count(*) from consumers s where s.last_seen_at > n.now - interval '${limits.aliveSeconds} seconds' and s.batches ? q.queue)::int as consumers_alive
from unnest($1::text[]) with ordinality q(queue, nth)
cross join (select agonus_now() as now offset 0) n
left join queue_controls c on c.queue = q.queue
cross join lateral (
  select count(*)::int as letters, count(*) filter (where outcome = 'resent' and redriven_at is null)::int as open,
    count(*) filter (where outcome = 'kept')::int as unreadable
  from dead_letters where queue = q.queue) d
order by q.nth`;

export async function queueDepths(query: Query, queues: readonly string[]): Promise<QueueDepth[]> {
  return query<QueueDepth>(DEPTHS, [queues, COUNT_MAX, SEEN_SECONDS]);
}
