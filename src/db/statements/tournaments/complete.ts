/**
 * Ends a live tournament whose last round is behind it, and names its winner: the one entry of rank 1 in the last settled round.
 * Where a venue gave no price for the last round, `ended_reason` says so.
 */
import type { Query } from "../../query.ts";

const COMPLETE = `
update tournaments t set status = 'completed', ended_at = agonus_now(), ended_reason = (
    select skip_reason from rounds where tournament_id = t.id and skip_reason in ('market.stale', 'market.doubtful')
      and number = (select max(number) from rounds where tournament_id = t.id)), winner_entry_id = (
    select case when count(*) = 1 then (array_agg(p.entry_id))[1] end
    from equity_points p where p.tournament_id = t.id and p.rank = 1 and p.round =
      (select number from rounds where tournament_id = t.id and state = 'settled' order by number desc limit 1))
where t.id = $1 and t.status = 'live'
  and not exists (select from rounds where tournament_id = t.id and state in ('open', 'closed', 'quoted'))
  and t.starts_at + (1 + coalesce((select max(number) from rounds where tournament_id = t.id), -1))
      * make_interval(secs => t.interval_seconds) >= t.ends_at
returning t.id`;

export async function completeTournament(query: Query, tournamentId: string): Promise<boolean> {
  return (await query(COMPLETE, [tournamentId])).length > 0;
}
