/** What failed at venues, grouped by its reason, with the rounds that were skipped for it. */
import type { Query } from "../../query.ts";

export type VenueFaultGroup = {
  code: "market.stale" | "market.doubtful";
  reason: string;
  count: number;
  first_at: string;
  last_at: string;
  /** The newest rounds that were skipped for this reason. */
  rounds: { tournament_id: string; tournament: string; round: number; at: string }[];
};

// A reason may show in calls that failed, in rounds that were skipped, or in both: a wrong price is no failed call.
const GROUPS = `
with since as (select greatest($1::timestamptz, agonus_now() - make_interval(hours => $2::int)) as at),
skipped as (
  select m.code, m.reason, m.received_at as at, m.tournament_id, t.name as tournament, m.round
  from rounds r join tournaments t on t.id = r.tournament_id
  join market_receipts m on m.tournament_id = r.tournament_id and m.round = r.number
  where r.skip_reason in ('market.stale', 'market.doubtful') and r.due_at >= (select at from since) - interval '1 day'
    and m.received_at >= (select at from since)),
seen as (
  select code, reason, at from venue_faults where at >= (select at from since) and kind <> 'changed'
  union all
  select code, reason, at from skipped)
select s.code, s.reason, count(*)::int as count, min(s.at) as first_at, max(s.at) as last_at,
  (select coalesce(jsonb_agg(jsonb_build_object('tournament_id', n.tournament_id, 'tournament', n.tournament, 'round', n.round,
     'at', n.at) order by n.at desc), '[]')
   from (select * from skipped k where k.reason = s.reason and k.code = s.code order by at desc limit $3) n) as rounds
from seen s group by s.code, s.reason order by max(s.at) desc, s.reason limit $4`;

export async function venueFaultGroups(
  query: Query,
  since: string | null,
  hours: number,
  rounds: number,
  most: number,
): Promise<VenueFaultGroup[]> {
  return query<VenueFaultGroup>(GROUPS, [since, hours, rounds, most]);
}
