/** Entries of live tournaments with their signs of life, for operators. */
import type { Query } from "../../query.ts";
import { isPartOfId, partOf } from "../../text-search.ts";
import { REAL } from "../recoveries/list.ts";
import { taskOf } from "../tasks/of-key.ts";

export type LiveEntryRow = {
  entry_id: string;
  agent_id: string;
  agent: string;
  baseline: boolean;
  /** Since when it is asked no more; null where it is asked. */
  halted_at: string | null;
  tournament_id: string;
  tournament: string;
  /** The round that it owes a decision; null when it owes none. */
  owed_round: number | null;
  /** How long ago that round was due. In a replay, whose due times are the market's: how long it has been open. */
  owed_seconds: number | null;
  interval_seconds: number;
  version: number;
  /** Recoveries of the last 30 days, as GET /recoveries lists them. */
  recoveries: number;
  last_round: number | null;
  last_decision_at: string | null;
  last_decision_age_seconds: number | null;
  /** The task of the owed round. Null before the first message about it. */
  task_id: string | null;
  task_state: string | null;
  attempt: number | null;
  heartbeat_age_seconds: number | null;
  /** Negative: it ran out, and the sweep takes it back. */
  lease_seconds: number | null;
  /** The queue that asks it is paused. An agent from outside asks by itself. */
  queue_paused: boolean;
  /** Since that queue was resumed. Null when it never was, or for an agent from outside. */
  resumed_age_seconds: number | null;
};

// The page comes first: what is looked up for each entry is looked up for those of the page.
const LIVE_ENTRIES = `
with listed as materialized (
  select e.id from entries e join tournaments t on t.id = e.tournament_id and t.status = 'live'
  where e.status = 'active' and ($1::uuid is null or t.id = $1) and ($2::uuid is null or e.id > $2)
    and ($4::text is null or e.agent_name ilike $4 or t.name ilike $4
      or ($5 and (e.agent_id || ' ' || e.id || ' ' || t.id) ilike $4))
  order by e.id limit $3)
select e.id as entry_id, e.agent_id, e.agent_name as agent, e.baseline, e.halted_at, t.id as tournament_id, t.name as tournament,
  o.number as owed_round, greatest(0, extract(epoch from n.now - case t.market when 'replay' then o.opened_at else o.due_at end))::float8 as owed_seconds,
  t.interval_seconds, e.version,
  (select count(*) from recoveries v where v.entry_id = e.id and ${REAL})::int as recoveries,
  (select number from rounds lr where lr.id = l.round_id) as last_round, l.decided_at as last_decision_at,
  greatest(0, extract(epoch from n.now - l.decided_at))::float8 as last_decision_age_seconds,
  x.id as task_id, x.state as task_state, x.attempt,
  extract(epoch from n.now - x.heartbeat_at)::float8 as heartbeat_age_seconds,
  extract(epoch from x.lease_until - n.now)::float8 as lease_seconds,
  e.kind <> 'outside' and p.paused_at is not null and p.resumed_at is null as queue_paused,
  case when e.kind <> 'outside' then greatest(0, extract(epoch from n.now - p.resumed_at)) end::float8 as resumed_age_seconds
from listed
join entries e on e.id = listed.id
join tournaments t on t.id = e.tournament_id
cross join (select agonus_now() as now offset 0) n
left join (select paused_at, resumed_at from queue_pauses where queue = 'agents' order by paused_at desc limit 1) p on true
left join lateral (select round_id, decided_at from decisions where entry_id = e.id order by decided_at desc limit 1) l on true
left join lateral (
  select r.id, r.number, r.due_at, r.opened_at from rounds r
  where r.tournament_id = t.id and r.state = 'open' and e.first_round <= r.number and (e.last_round is null or e.last_round >= r.number)
    and not exists (select from decisions d where d.round_id = r.id and d.entry_id = e.id)) o on true
left join lateral ${taskOf("agonus_decision_key(o.id, e.id)")} x on true
order by e.id`;

export interface LiveEntryFilter {
  readonly tournamentId: string | null;
  /** A part of the agent's or the tournament's name, or of an id of either or of the entry. */
  readonly q: string | null;
  /** Only ids above this one. */
  readonly after: string | null;
}

/** In the order of their joining. */
export async function liveEntries(
  query: Query,
  { tournamentId, q, after }: LiveEntryFilter,
  limit: number,
): Promise<LiveEntryRow[]> {
  const pattern = q === null ? null : partOf(q);
  return query<LiveEntryRow>(LIVE_ENTRIES, [tournamentId, after, limit, pattern, q !== null && isPartOfId(q)]);
}
