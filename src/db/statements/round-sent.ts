/**
 * Claims the next sending of what a round owes and says what that is, in one statement: of many callers one sends.
 * Entry ids in order; null when another caller sends.
 */
import type { Query } from "../query.ts";

// An opening that waited for a join counted without it: see recountParticipants. This later statement sees both.
// An entry whose decision is a task (it failed once, or an outside agent thinks) is sent again by the sweep, not here.
const DECISIONS = `
with claimed as (
  update rounds r set sent_at = agonus_now(), sends = $3, participants = greatest(participants, (
    select count(*) from entries e where e.tournament_id = r.tournament_id and e.status = 'active'
      and e.first_round <= r.number and (e.last_round is null or e.last_round >= r.number)))
  where id = $1 and state = 'open' and sends = $2 returning id, tournament_id, number),
owed as (
  select e.id from claimed r
  join entries e on e.tournament_id = r.tournament_id and e.status = 'active' and e.first_round <= r.number
    and (e.last_round is null or e.last_round >= r.number)
  where not exists (select from decisions d where d.round_id = r.id and d.entry_id = e.id)
    and not exists (select from task_keys k join tasks x on x.id = k.task_id
      where k.key = 'decide:' || r.id || ':' || e.id and (x.attempt > 0 or x.state <> 'PENDING')))
select coalesce((select jsonb_agg(id order by id) from owed), '[]') as ids from claimed`;

const FILLS = `
with claimed as (
  update rounds set sent_at = agonus_now(), sends = sends + 1
  where id = $1 and state = 'quoted' and sends = $2 returning id)
select coalesce((select jsonb_agg(distinct o.entry_id order by o.entry_id) from orders o
  where o.round_id = claimed.id and o.state = 'open'), '[]') as ids from claimed`;

/** `reached` is the number of this sending: steps that passed unsent count as sent, or they would follow as a burst. */
export async function claimOwedDecisions(
  query: Query,
  roundId: string,
  sends: number,
  reached: number,
): Promise<string[] | null> {
  const [row] = await query<{ ids: string[] }>(DECISIONS, [roundId, sends, reached]);
  return row?.ids ?? null;
}

export async function claimOwedFills(query: Query, roundId: string, sends: number): Promise<string[] | null> {
  const [row] = await query<{ ids: string[] }>(FILLS, [roundId, sends]);
  return row?.ids ?? null;
}
