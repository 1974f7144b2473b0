/**
 * Claims for sending the tasks of a round's models whose time to begin has come, in one statement. The sweep finds those that
 * nobody has sent.
 */
import type { Query } from "../../query.ts";

// A paused queue takes none, and a limited one gets its tasks by the sweep and by the endings that free a place.
const BEGUN = `
with waiting as materialized (
  select id, due_at from tasks
  where tournament_id = $1 and state = 'PENDING' and sent_at is null and due_at < agonus_held() and agonus_is_decision_of(key, $2)),
due as (
  select id from tasks
  where id in (select id from waiting where due_at <= agonus_now()) and state = 'PENDING' and sent_at is null
    and not exists (select from queue_controls where queue = 'agents' and (paused_at is not null or max_running is not null))
  order by id for no key update skip locked),
sent as (
  update tasks t set sent_at = agonus_now(), sends = t.sends + 1 from due where t.id = due.id returning t.id)
select (select coalesce(jsonb_agg(id order by id), '[]') from sent) as sent,
  (select agonus_ms(min(due_at)) from waiting where due_at > agonus_now()) as next_ms`;

/** `next_ms`: when the next one begins; null when none is left. Epoch milliseconds. */
export async function sendBegun(
  query: Query,
  tournamentId: string,
  roundId: string,
): Promise<{ readonly sent: readonly string[]; readonly next_ms: number | null }> {
  const [row] = await query<{ sent: string[]; next_ms: number | null }>(BEGUN, [tournamentId, roundId]);
  return row ?? { sent: [], next_ms: null };
}
