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

export async function listTrades(query: Query, filter: TradeFilter): Promise<TradeRow[]> {
  return query<TradeRow>(
    `select x.id, x.tournament_id, r.number as round, e.agent_id, e.agent_name as agent, x.seq, x.side, x.symbol,
        trim_scale(x.quantity)::text as quantity, trim_scale(x.price)::text as price, trim_scale(x.fee)::text as fee,
        trim_scale(x.cash_change)::text as cash_change, trim_scale(x.realized_profit)::text as realized_profit, x.filled_at
       from trades x join rounds r on r.id = x.round_id join entries e on e.id = x.entry_id
      where ($1::uuid is null or x.tournament_id = $1)
        and ($2::uuid is null or x.entry_id in (select id from entries where agent_id = $2))
        and ($3::uuid is null or x.id < $3)
      order by x.id desc limit $4`,
    [filter.tournamentId, filter.agentId, filter.before, filter.limit],
  );
}
