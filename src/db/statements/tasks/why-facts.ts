/** The facts behind "why isn't this running?", in one statement and one moment. */
import { AHEAD_MAX, type WhyFacts } from "../../../core/why/facts.ts";
import type { Query } from "../../query.ts";
import { COMPOSED } from "./decided.ts";

const FACTS = `
select t.state, t.queue, t.attempt, t.max_attempts, t.cancel_requested, t.due_at, t.sent_at, t.sends, t.consumer, t.lease_until,
  t.finished_at, t.error->>'code' as error_code, t.error->>'message' as error_message, ${COMPOSED.history}->-1->>'why' as last_why,
  extract(epoch from t.due_at - n.now)::float8 as due_in_seconds,
  t.state in ('PENDING', 'RETRY') and (coalesce(e.kind = 'outside', false) or t.due_at >= agonus_held()) as waits_for_agent,
  coalesce(e.kind = 'outside', false) and r.id is not null as decided_outside,
  t.state = 'PENDING' and t.attempt = 0 and coalesce(e.kind = 'llm', false) and r.id is not null as begins_in_turn,
  nullif(least(r.deadline_at, r.answers_until), 'infinity') as answers_until,
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
  n.now as read_at,
  exists (select from rounds o where o.tournament_id = t.tournament_id and o.state = 'open'
    and coalesce(t.finished_at >= o.opened_at, true)) as in_open_round
from tasks t cross join (select agonus_now() as now offset 0) n
left join queue_controls c on c.queue = t.queue
left join rounds r on r.id = agonus_decided_round(t.key)
left join entries e on e.id = t.entry_id
where t.id = $1`;

/** `in_open_round`: its tournament has an open round, and it has not ended before that. */
export type StoredWhyFacts = WhyFacts & { read_at: string; in_open_round: boolean };

export async function readWhyFacts(query: Query, taskId: string): Promise<StoredWhyFacts | null> {
  const [row] = await query<StoredWhyFacts & Record<string, unknown>>(FACTS, [taskId]);
  return row ?? null;
}
