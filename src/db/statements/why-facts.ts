/** The facts behind "why isn't this running?", in one statement and one moment. */
import { AHEAD_MAX, type WhyFacts } from "../../core/why-facts.ts";
import type { Query } from "../query.ts";

// A decision's key names its round: decide:ROUND:ENTRY.
const FACTS = `
select t.state, t.queue, t.attempt, t.max_attempts, t.cancel_requested, t.due_at, t.sent_at, t.sends, t.consumer, t.lease_until,
  t.finished_at, t.error->>'code' as error_code, t.error->>'message' as error_message, t.history->-1->>'why' as last_why,
  extract(epoch from t.due_at - n.now)::float8 as due_in_seconds,
  extract(epoch from n.now - t.sent_at)::float8 as sent_age_seconds,
  extract(epoch from t.lease_until - n.now)::float8 as lease_seconds,
  extract(epoch from n.now - t.heartbeat_at)::float8 as heartbeat_age_seconds,
  c.paused_at, c.paused_by, c.pause_reason, c.max_running,
  case when t.finished_at is null and t.state <> 'STARTED' then
    (select count(*) from tasks r where r.queue = t.queue and r.state = 'STARTED') else 0 end::int as running,
  case when t.finished_at is null and t.state <> 'STARTED' and t.due_at <= n.now then
    (select count(*) from (select from tasks w where w.queue = t.queue and w.state in ('PENDING', 'RETRY')
      and w.due_at <= t.due_at and (w.due_at, w.id) < (t.due_at, t.id) limit ${AHEAD_MAX}) x) else 0 end::int as ahead,
  r.number as round_number, r.state as round_state,
  (select extract(epoch from n.now - beat_at) from clocks where name = 'cron')::float8 as cron_age_seconds,
  (select extract(epoch from n.now - beat_at) from clocks where name = 'beat')::float8 as beat_age_seconds,
  (select extract(epoch from n.now - max(last_seen_at)) from consumers where batches ? t.queue)::float8 as consumer_age_seconds,
  n.now as read_at
from tasks t cross join (select agonus_now() as now offset 0) n
left join queue_controls c on c.queue = t.queue
left join rounds r on r.id = case when t.key ~ '^decide:[0-9a-f-]{36}:' then split_part(t.key, ':', 2)::uuid end
where t.id = $1`;

export async function readWhyFacts(query: Query, taskId: string): Promise<(WhyFacts & { read_at: string }) | null> {
  const [row] = await query<WhyFacts & { read_at: string } & Record<string, unknown>>(FACTS, [taskId]);
  return row ?? null;
}
