/** Entries of live tournaments that owe a decision and have been silent for max(10 minutes, 2 intervals). */
import type { Query } from "../../query.ts";
import { taskOf } from "../tasks/of-key.ts";

/** When the queue of decisions ran again: now, while it is paused. Null when it never was paused. */
export const UNPAUSED_AT = `(select coalesce(resumed_at, agonus_now()) from queue_pauses where queue = 'agents' order by paused_at desc limit 1)`;

// An entry is silent since its last stored decision, or its joining. Time before its tournament began, or in a pause of it or of the
// queue, does not count: nobody was asked. A recovery starts the time anew, or the next look would recover the entry before it could answer.
// An entry whose decision is a task that has begun isn't silent: it thinks, or its attempts go on. Entries that wait for a
// recovery already come last, so that the others get their turn. An agent that calls us owes us no sign of life, and a halted
// one is not asked.
const STALE = `
with live as (
  select e.id, e.agent_id, e.tournament_id, t.interval_seconds, greatest(e.joined_at, t.started_at) as joined_at, t.resumed_at,
    r.id as round_id
  from tournaments t join entries e on e.tournament_id = t.id and e.status = 'active'
    and e.kind <> 'outside' and e.halted_at is null
  left join rounds r on r.tournament_id = t.id and r.state = 'open' and e.first_round <= r.number
    and (e.last_round is null or e.last_round >= r.number)
  where t.status = 'live'),
stale as (
  select l.* from live l
  where l.round_id is not null
    and not exists (select from decisions d where d.round_id = l.round_id and d.entry_id = l.id)
    and greatest(coalesce((select max(decided_at) from decisions d where d.entry_id = l.id), l.joined_at), l.resumed_at, ${UNPAUSED_AT},
          (select max(restored_at) from recoveries v where v.entry_id = l.id and v.cause in ('operator', 'stale', 'alarm')))
        < agonus_now() - make_interval(secs => greatest(600, 2 * l.interval_seconds))
    and not exists (select from ${taskOf("agonus_decision_key(l.round_id, l.id)")} x
      where x.attempt > 0 or x.state <> 'PENDING')
  order by exists (select from recoveries v where v.entry_id = l.id and v.restored_at is null
    and v.cause in ('operator', 'stale', 'alarm')), l.id)
select (select count(*) from live) as live, (select count(*) from stale) as stale_count,
  coalesce((select jsonb_agg(jsonb_build_object('id', id, 'agent_id', agent_id, 'tournament_id', tournament_id)) from
    (select * from stale limit $1) s), '[]') as stale`;

export interface StaleEntry {
  readonly id: string;
  readonly agent_id: string;
  readonly tournament_id: string;
}

type Stale = { live: number; stale_count: number; stale: StaleEntry[] };

/** How many there are in all, and the first `most` of them. */
export async function staleEntries(query: Query, most: number): Promise<Stale> {
  const [row] = await query<Stale>(STALE, [most]);
  return row ?? { live: 0, stale_count: 0, stale: [] };
}
