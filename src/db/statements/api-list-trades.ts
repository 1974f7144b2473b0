/** Trades, newest first. */
import type { Query } from "../query.ts";

export type TradeRow = {
  id: string;
  tournament_id: string;
  round: number;
  agent_id: string;
  agent: string;
  seq: number;
  side: "buy" | "sell";
  symbol: string;
  quantity: string;
  price: string;
  fee: string;
  cash_change: string;
  realized_profit: string | null;
  filled_at: string;
};

export interface TradeFilter {
  readonly tournamentId: string | null;
  readonly agentId: string | null;
  /** Only ids below this one. */
  readonly before: string | null;
  readonly limit: number;
}

const LAST = "ffffffff-ffff-ffff-ffff-ffffffffffff";

/**
 * Of what is asked for alone: a plan that is kept must not have to serve all filters. An agent's come by its entries, each
 * as a range of their own index, written so that no other one serves: one that has not traded is not looked for among all trades.
 */
export function tradesStatement({ tournamentId, agentId, before, limit }: TradeFilter) {
  const params: unknown[] = [limit, before ?? LAST];
  const uuid = (value: string) => `$${params.push(value)}::uuid`;
  const inTournament = tournamentId === null ? "" : `and x.tournament_id = ${uuid(tournamentId)}`;
  const from =
    agentId === null
      ? `(select x.* from trades x where x.id < $2::uuid ${inTournament} order by x.id desc limit $1) x
           join entries e on e.id = x.entry_id`
      : `entries e cross join lateral (
           select x.* from trades x where (x.entry_id, x.id) < (e.id, $2::uuid) and x.entry_id >= e.id ${inTournament}
           order by x.entry_id desc, x.id desc limit $1) x`;
  const text = `
select x.id, x.tournament_id, r.number as round, e.agent_id, e.agent_name as agent, x.seq, x.side, x.symbol,
  trim_scale(x.quantity)::text as quantity, trim_scale(x.price)::text as price, trim_scale(x.fee)::text as fee,
  trim_scale(x.cash_change)::text as cash_change, trim_scale(x.realized_profit)::text as realized_profit, x.filled_at
from ${from} join rounds r on r.id = x.round_id ${agentId === null ? "" : `where e.agent_id = ${uuid(agentId)}`}
order by x.id desc limit $1`;
  return { text, params };
}

export async function listTrades(query: Query, filter: TradeFilter): Promise<TradeRow[]> {
  const { text, params } = tradesStatement(filter);
  return query<TradeRow>(text, params);
}
