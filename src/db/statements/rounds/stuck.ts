/** Rounds that should have moved and have not: something fails again and again, or nobody looks. */
import { limits } from "../../../core/limits.ts";
import type { MarketName } from "../../../core/venue-names.ts";
import type { Query } from "../../query.ts";
import { ITS_TASK } from "../tasks/of-key.ts";

/**
 * Joined behind a tournament `t` and its last round `r` (null before the first): `stuck.since` is when it moved last, where
 * that is three intervals and a minute ago, else null. A decision and a fill move it, and so does an agent that thinks; so
 * does the time at which a live tournament's next round was due.
 */
export const STUCK = `
cross join lateral (select agonus_now() - make_interval(secs => greatest(${limits.stuckSecondsMin}, ${limits.stuckIntervals} * t.interval_seconds)) as at) due_by
cross join lateral (
  select case
    when r.state in ('open', 'closed', 'quoted') then greatest(r.opened_at, r.closed_at, r.quoted_at)
    when t.status = 'live' then greatest(t.started_at, t.resumed_at, r.settled_at, case when t.market <> 'replay' then
      t.starts_at + (coalesce(r.number, -1) + 1) * make_interval(secs => t.interval_seconds) end) end as at) stepped
cross join lateral (
  select case when stepped.at < due_by.at then greatest(stepped.at,
    case when r.state = 'open' then (select max(decided_at) from decisions d where d.round_id = r.id) end,
    case when r.state = 'open' then (
      select max(greatest(x.started_at, x.heartbeat_at, x.finished_at)) from task_keys k ${ITS_TASK}
      where agonus_is_decision_of(k.key, r.id)) end,
    case when r.state = 'quoted' then (select max(filled_at) from trades f where f.round_id = r.id) end) end as at) moved
cross join lateral (select case when moved.at < due_by.at then moved.at end as since) stuck`;

export type StuckRound = {
  tournament_id: string;
  tournament: string;
  market: MarketName;
  status: "live" | "paused";
  /** The round that waits, or the one that should have opened. */
  round: number;
  since: string;
};

const LIST = `
select t.id as tournament_id, t.name as tournament, t.market, t.status, stuck.since,
  case when r.state in ('open', 'closed', 'quoted') then r.number else coalesce(r.number, -1) + 1 end as round
from tournaments t
left join lateral (select * from rounds where tournament_id = t.id order by number desc limit 1) r on true
${STUCK}
where t.status in ('live', 'paused') and stuck.since is not null order by stuck.since, t.id limit $1`;

/** Those that have waited longest first. */
export async function listStuckRounds(query: Query, most: number): Promise<StuckRound[]> {
  return query<StuckRound>(LIST, [most]);
}

const PAUSED = `select 1 as paused from queue_controls where queue in ('agents', 'trading') and paused_at is not null limit 1`;

/** Stuck rounds of live tournaments, unless an operator has paused what would move them. A replay keeps no time. */
export async function listStuckLiveRounds(query: Query, most: number): Promise<StuckRound[]> {
  const stuck = (await listStuckRounds(query, most)).filter((row) => row.status === "live" && row.market !== "replay");
  if (stuck.length === 0) return [];
  return (await query(PAUSED)).length > 0 ? [] : stuck;
}
