/** A tournament's leaderboard: the last settled round, or the standings marked since. */
import type { Query } from "../../query.ts";

export type LeaderboardRow = {
  agent_id: string;
  agent_name: string;
  baseline: boolean;
  status: "active" | "withdrawn";
  equity: string;
  return: number;
  rank: number | null;
  rank_change: number | null;
  max_drawdown: number | null;
  returns_count: number | null;
  returns_mean: number | null;
  returns_m2: number | null;
  trades_count: number;
  fees: string;
  /** Equity less starting cash. */
  profit: string;
  realized_profit: string;
  closed_trades: number;
  winning_trades: number;
  biggest_win: string | null;
  biggest_loss: string | null;
};

/** The most that a single closed trade won or lost, read for the entries of the page alone. Two probes of an index. */
const EXTREMES = `
left join lateral (
  select max(realized_profit) as most, min(realized_profit) as least from trades
  where entry_id = page.id and realized_profit is not null) x on true`;

/** From `page` and `x`. */
export const BOARD_COLUMNS = `agent_id, agent_name, baseline, status, trim_scale(equity)::text as equity,
  (equity / starting_cash - 1)::float8 as return, rank, rank_before - rank as rank_change, max_drawdown,
  returns_count, returns_mean, returns_m2, trades_count, trim_scale(fees)::text as fees,
  trim_scale(equity - starting_cash)::text as profit, trim_scale(page.realized_profit)::text as realized_profit,
  closed_trades, winning_trades, case when most > 0 then trim_scale(most)::text end as biggest_win,
  case when least < 0 then trim_scale(least)::text end as biggest_loss`;

// Standings are taken for all entries or for none: they are written only where something changed, so the newest
// mark says whether they are newer than the round. Rank changes compare with the settled round before what is shown.
// A withdrawn entry keeps the equity of its last round, and has no rank from the next one on.
const BOARD = `
with settled as (
  select number, settled_at, row_number() over (order by number desc) as place from (
    select number, settled_at from rounds where tournament_id = $1 and state = 'settled' order by number desc limit 2) r),
source as (
  select (select number from settled where place = 1) as last,
    (select number from settled where place = 2) as previous,
    (select max(marked_at) from standings where tournament_id = $1) > (select settled_at from settled where place = 1) as live),
board as (
  select e.id, e.agent_id, e.agent_name, e.baseline, e.status, e.trades_count, e.fees, e.realized_profit, e.closed_trades, e.winning_trades,
    t.starting_cash,
    coalesce(case when source.live then s.equity end, p.equity, z.equity, t.starting_cash) as equity,
    case when e.baseline then null
      when source.last is null then 1
      when source.live and s.entry_id is not null then s.rank
      else p.rank end as rank,
    case when source.live and s.entry_id is not null then p.rank else q.rank end as rank_before,
    case when source.last is null then 0 else p.max_drawdown end as max_drawdown,
    p.returns_count, p.returns_mean, p.returns_m2
  from entries e
  join tournaments t on t.id = e.tournament_id
  cross join source
  left join equity_points p on p.tournament_id = e.tournament_id and p.round = source.last and p.entry_id = e.id
  left join equity_points q on q.tournament_id = e.tournament_id and q.round = source.previous and q.entry_id = e.id
  left join standings s on s.entry_id = e.id and e.status = 'active'
  left join lateral (
    select equity from equity_points where entry_id = e.id order by round desc limit 1) z on e.status = 'withdrawn'
  where e.tournament_id = $1),
page as (
  select * from board
  where $2::numeric is null or equity < $2::numeric or (equity = $2::numeric and agent_name > $3)
  order by equity desc, agent_name limit $4)
select ${BOARD_COLUMNS}
from page ${EXTREMES}
order by page.equity desc, agent_name`;

/** `after`: the equity and the agent's name of the last item that was given out. */
export async function readLeaderboard(
  query: Query,
  tournamentId: string,
  after: readonly [string, string] | null,
  limit: number,
): Promise<LeaderboardRow[]> {
  return query<LeaderboardRow>(BOARD, [tournamentId, after?.[0] ?? null, after?.[1] ?? null, limit]);
}
