/** The leaderboard as it was after a round. */
import type { Query } from "../../query.ts";
import { BOARD_COLUMNS, type LeaderboardRow } from "./leaderboard.ts";

// For a round that was skipped, or is not settled yet, the board is that of the last settled round before it. Counts of
// trades are summed up for the page's entries alone, along the index of an entry's trades.
const BOARD_AT = `
with settled as (
  select number, row_number() over (order by number desc) as place from (
    select number from rounds where tournament_id = $1 and state = 'settled' and number <= $5 order by number desc limit 2) r),
source as (
  select (select number from settled where place = 1) as last, (select number from settled where place = 2) as previous),
board as (
  select e.id, e.agent_id, e.agent_name, e.baseline, 'active' as status, t.starting_cash, coalesce(p.equity, t.starting_cash) as equity,
    case when e.baseline then null when source.last is null then 1 else p.rank end as rank, q.rank as rank_before,
    case when source.last is null then 0 else p.max_drawdown end as max_drawdown,
    p.returns_count, p.returns_mean, p.returns_m2
  from entries e
  join tournaments t on t.id = e.tournament_id
  cross join source
  left join equity_points p on p.tournament_id = e.tournament_id and p.round = source.last and p.entry_id = e.id
  left join equity_points q on q.tournament_id = e.tournament_id and q.round = source.previous and q.entry_id = e.id
  where e.tournament_id = $1 and (p.entry_id is not null or (source.last is null and e.first_round <= $5))),
places as (
  select * from board
  where $2::numeric is null or equity < $2::numeric or (equity = $2::numeric and agent_name > $3)
  order by equity desc, agent_name limit $4),
page as (
  select p.*, x.* from places p cross join lateral (
    select count(*)::int as trades_count, coalesce(sum(t.fee), 0) as fees, coalesce(sum(t.realized_profit), 0) as realized_profit,
      count(t.realized_profit)::int as closed_trades, (count(*) filter (where t.realized_profit > 0))::int as winning_trades,
      max(t.realized_profit) as most, min(t.realized_profit) as least
    from trades t join rounds r on r.id = t.round_id and r.number <= $5 where t.entry_id = p.id) x)
select ${BOARD_COLUMNS}
from page
order by page.equity desc, agent_name`;

/** `after` as in readLeaderboard. */
export async function readLeaderboardAt(
  query: Query,
  tournamentId: string,
  round: number,
  after: readonly [string, string] | null,
  limit: number,
): Promise<LeaderboardRow[]> {
  return query<LeaderboardRow>(BOARD_AT, [tournamentId, after?.[0] ?? null, after?.[1] ?? null, limit, round]);
}
