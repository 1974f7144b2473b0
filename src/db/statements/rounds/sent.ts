/**
 * Claims the next sending of what a round owes and answers the entry ids in order, in one statement. Of concurrent callers one
 * gets them; the others get null.
 */
import type { Query } from "../../query.ts";
import { taskOf } from "../tasks/of-key.ts";

// An entry whose decision is a task because its first attempt failed is sent again by the sweep, not here. Outside agents
// have tasks from the opening on; `lacks_tasks` tells that one has none. It joined while the round opened, or its enqueue was lost.
// A sending of more entries than one slice goes on behind sent_to, and counts how many decisions it then waits for.
// Live entries with loops send for themselves, so what the round sends is a recovery. It is none where the loop may not have
// been armed when the round was due: a start arms loops by a message, which takes a moment. Neither the Arena's first sending to
// a large field nor any sending of a replay is a recovery.
const ARMED_AFTER_SECONDS = 10;
const DECISIONS = `
with r as (
  select id, tournament_id, number, due_at, sent_to, sent_count from rounds
  where id = $1 and state = 'open' and sends = $2 and sent_to is not distinct from $4::uuid for no key update),
keyed as (select exists (select from task_keys k, r where agonus_is_decision_of(k.key, r.id)) as yes),
owed as (
  select e.id from r
  join entries e on e.tournament_id = r.tournament_id and e.status = 'active' and e.first_round <= r.number
    and (e.last_round is null or e.last_round >= r.number) and e.kind = 'house' and e.thinking_seconds is null
  where (r.sent_to is null or $6::int is not null or e.id > r.sent_to)
    and not exists (select from decisions d where d.round_id = r.id and d.entry_id = e.id)
    and not ((select yes from keyed) and exists (select from ${taskOf("agonus_decision_key(r.id, e.id)")} x
      where x.attempt > 0 or x.state <> 'PENDING'))
  order by e.id limit $5::int + 1),
slice as materialized (select id from owed order by id limit $5),
last as (select id from slice where (select count(*) from owed) > $5 order by id desc limit 1),
claimed as (
  update rounds t set sent_at = agonus_now(), sends = $3, sent_to = (select id from last),
    sent_count = coalesce($6::int, t.sent_count) + (select count(*) from slice s
      where not ((select yes from keyed) and exists (select from task_keys k where k.key = agonus_decision_key(r.id, s.id))))
  from r where t.id = r.id returning t.sent_to),
recovered as (
  insert into recoveries (id, key, tournament_id, entry_id, cause, round_id, detected_at)
  select agonus_uuid_of(agonus_now(), k.key), k.key, r.tournament_id, s.id, 'resent', r.id, agonus_now()
  from r join tournaments t on t.id = r.tournament_id and t.market <> 'replay' cross join slice s join entries e on e.id = s.id
  cross join lateral (select 'resent:' || r.id || ':' || s.id as key) k
  where $7 and ($2::int > 0 or r.due_at >
    greatest(t.started_at, t.resumed_at, e.joined_at) + make_interval(secs => least(t.interval_seconds, ${ARMED_AFTER_SECONDS})))
  on conflict do nothing)
select coalesce((select jsonb_agg(id order by id) from slice), '[]') as ids, sent_to is not null as more,
  exists (select from r join entries e on e.tournament_id = r.tournament_id and e.status = 'active' and e.first_round <= r.number
      and (e.last_round is null or e.last_round >= r.number) and (e.kind <> 'house' or e.thinking_seconds is not null)
    where not exists (select from decisions d where d.round_id = r.id and d.entry_id = e.id)
      and not exists (select from task_keys k where k.key = agonus_decision_key(r.id, e.id))) as lacks_tasks
from claimed`;

const FILLS = `
with claimed as (
  update rounds set sent_at = agonus_now(), sends = sends + 1
  where id = $1 and state = 'quoted' and sends = $2 returning id)
select coalesce((select jsonb_agg(distinct o.entry_id order by o.entry_id) from orders o
  where o.round_id = claimed.id and o.state = 'open'), '[]') as ids from claimed`;

export interface Sending {
  /** How often the round had sent before. */
  readonly sends: number;
  /** The number of this sending: steps that passed unsent count as sent, or they would follow as a burst. */
  readonly reached: number;
  /** Where the last sending stopped, by the round's row. */
  readonly stood: string | null;
  /** Null goes on from there. A number begins a new sending: the decisions that are there already, stored or tasks. */
  readonly there: number | null;
  /** Entries of a slice. */
  readonly most: number;
  /** In a live tournament: what it sends should have come by itself, or from the sending before. */
  readonly isRecovery: boolean;
}

type OwedDecisions = { ids: string[]; more: boolean; lacks_tasks: boolean };

/** `more`: there is another slice. `lacks_tasks`: an outside agent has no task yet. */
export async function claimOwedDecisions(
  query: Query,
  roundId: string,
  { sends, reached, stood, there, most, isRecovery }: Sending,
): Promise<OwedDecisions | null> {
  const [row] = await query<OwedDecisions>(DECISIONS, [roundId, sends, reached, stood, most, there, isRecovery]);
  return row ?? null;
}

export async function claimOwedFills(query: Query, roundId: string, sends: number): Promise<string[] | null> {
  const [row] = await query<{ ids: string[] }>(FILLS, [roundId, sends]);
  return row?.ids ?? null;
}
