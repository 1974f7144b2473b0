/** A settled round's effects for the live feed: trades, orders refused at the fill, and holdings of the traders. */
import type { Query } from "../../query.ts";
import type { TradeRow } from "../trades/list.ts";

export type RefusedAtFill = {
  agent_id: string;
  agent: string;
  seq: number;
  side: "buy" | "sell";
  symbol: string;
  amount: string;
  code: string;
};

export type Holdings = {
  agent_id: string;
  agent: string;
  cash: string;
  positions: { symbol: string; quantity: string; cost: string }[];
};

const TRADES = `
select x.id, x.tournament_id, r.number as round, e.agent_id, e.agent_name as agent, x.seq, x.side, x.symbol,
  trim_scale(x.quantity)::text as quantity, trim_scale(x.price)::text as price, trim_scale(x.fee)::text as fee,
  trim_scale(x.cash_change)::text as cash_change, trim_scale(x.realized_profit)::text as realized_profit, x.filled_at,
  count(*) over ()::int as total
from trades x join rounds r on r.id = x.round_id join entries e on e.id = x.entry_id
where x.round_id = $1 order by e.agent_name, x.seq limit $2`;

const REFUSED = `
select e.agent_id, e.agent_name as agent, o.seq, o.side, o.symbol, trim_scale(o.amount)::text as amount, o.code
from orders o join entries e on e.id = o.entry_id
where o.round_id = $1 and o.refused_at = 'fill' order by e.agent_name, o.seq limit $2`;

const HOLDINGS = `
select e.agent_id, e.agent_name as agent, trim_scale(e.cash)::text as cash, coalesce(h.positions, '[]') as positions
from entries e left join lateral (
  select jsonb_agg(jsonb_build_object('symbol', p.symbol, 'quantity', trim_scale(p.quantity)::text, 'cost',
    (select trim_scale(coalesce(sum(l.cost), 0))::text from lots l where l.entry_id = p.entry_id and l.symbol = p.symbol))
    order by p.symbol) as positions
  from positions p where p.entry_id = e.id) h on true
where e.id in (select x.entry_id from trades x where x.round_id = $1) order by e.agent_name limit $2`;

export async function readFeedFills(query: Query, roundId: string, limit: number) {
  const [trades, refused, holdings] = await Promise.all([
    query<TradeRow & { total: number }>(TRADES, [roundId, limit]),
    query<RefusedAtFill>(REFUSED, [roundId, limit]),
    query<Holdings>(HOLDINGS, [roundId, limit]),
  ]);
  return { trades, refused, holdings };
}

export type EquityOfRound = { round: number; agent_id: string; equity: string };

/**
 * Equity of the best entries and the baselines. The newest round comes first, so that `limit` cuts the oldest rounds.
 */
export async function readFeedEquity(
  query: Query,
  tournamentId: string,
  from: number,
  to: number,
  ranks: number,
  limit: number,
): Promise<EquityOfRound[]> {
  return query<EquityOfRound>(
    `select p.round, e.agent_id, trim_scale(p.equity)::text as equity
       from equity_points p join entries e on e.id = p.entry_id
      where p.tournament_id = $1 and p.round between $2 and $3 and (p.rank is null or p.rank <= $4)
      order by p.round desc, p.rank nulls first, p.entry_id limit $5`,
    [tournamentId, from, to, ranks, limit],
  );
}
