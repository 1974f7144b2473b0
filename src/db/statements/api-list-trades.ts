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

/** Of what is asked for alone: a plan that is kept must not have to serve all filters. An agent's come by its entries. */
export function tradesStatement({ tournamentId, agentId, before, limit }: TradeFilter) {
  const params: unknown[] = [limit];
  const uuid = (value: string) => `$${params.push(value)}::uuid`;
  const conditions = [
    ...(tournamentId === null ? [] : [`x.tournament_id = ${uuid(tournamentId)}`]),
    ...(before === null ? [] : [`x.id < ${uuid(before)}`]),
  ];
  const newest = (more: readonly string[], order = "x.id desc") =>
    `select x.* from trades x ${more.length > 0 ? `where ${more.join(" and ")}` : ""} order by ${order} limit $1`;
  // Ordered so, only the entry's own index will do: one that rarely trades is not looked for among all trades.
  const ofEntry = () => newest([...conditions, "x.entry_id = e.id"], "x.entry_id desc, x.id desc");
  const from =
    agentId === null
      ? `(${newest(conditions)}) x join entries e on e.id = x.entry_id`
      : `entries e cross join lateral (${ofEntry()}) x`;
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
