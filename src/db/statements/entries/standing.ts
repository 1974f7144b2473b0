/** Where an entry stands: marked at the newest standings or, if they are older, at the last settled round. A withdrawn entry stands at its own last round. */
import type { Query } from "../../query.ts";

export type StandingRow = {
  interval_seconds: number;
  market_clock: number;
  equity: string;
  return: number;
  rank: number | null;
  max_drawdown: number | null;
  returns_count: number | null;
  returns_mean: number | null;
  returns_m2: number | null;
  trades_count: number;
  closed_trades: number;
  winning_trades: number;
  fees: string;
  realized_profit: string;
  joined_at: string;
};

const STANDING = `
select t.interval_seconds, c.market_clock, trim_scale(v.equity)::text as equity, (v.equity / t.starting_cash - 1)::float8 as return,
  case when e.baseline then null when l.number is null then 1 when live then s.rank else p.rank end as rank,
  case when l.number is null then 0 else p.max_drawdown end as max_drawdown,
  p.returns_count, p.returns_mean, p.returns_m2, e.trades_count, e.closed_trades, e.winning_trades,
  trim_scale(e.fees)::text as fees, trim_scale(e.realized_profit)::text as realized_profit, e.joined_at
from entries e
join tournaments t on t.id = e.tournament_id
join candle_sources c on c.id = t.candle_source_id
left join lateral (
  select number, settled_at from rounds where tournament_id = e.tournament_id and state = 'settled'
  order by number desc limit 1) l on true
left join equity_points p on p.tournament_id = e.tournament_id and p.round = l.number and p.entry_id = e.id
left join standings s on s.entry_id = e.id and e.status = 'active'
left join lateral (
  select equity from equity_points where entry_id = e.id order by round desc limit 1) z on e.status = 'withdrawn'
cross join lateral (select s.entry_id is not null and coalesce(
  (select max(marked_at) from standings where tournament_id = e.tournament_id) > l.settled_at, true) as live) n
cross join lateral (select coalesce(case when live then s.equity end, p.equity, z.equity, t.starting_cash) as equity) v
where e.id = $1`;

export async function readStanding(query: Query, entryId: string): Promise<StandingRow | null> {
  const [row] = await query<StandingRow>(STANDING, [entryId]);
  return row ?? null;
}
