/** Trades, newest first. Those of a practice come only where it is named. */
import type { Query } from "../../query.ts";

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
 * The conditions name only the filters of this request, because one kept plan can't serve all filters. Trades of an agent are
 * read by its entries, each as a range of the entry's index. The text lets no other index serve, so that an entry without
 * trades is not looked for among all trades.
 */
export function tradesStatement({ tournamentId, agentId, before, limit }: TradeFilter) {
  const params: unknown[] = [limit, before ?? LAST];
  const uuid = (value: string) => `$${params.push(value)}::uuid`;
  const isPractice = (of: string) =>
    `exists (select from tournaments p where p.id = ${of}.tournament_id and p.practice_of is not null)`;
  const inTournament =
    tournamentId !== null
      ? `and x.tournament_id = ${uuid(tournamentId)}`
      : agentId === null
        ? `and not ${isPractice("x")}`
        : "";
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
from ${from} join rounds r on r.id = x.round_id ${
    agentId === null
      ? ""
      : `where e.agent_id = ${uuid(agentId)} ${tournamentId === null ? `and not ${isPractice("e")}` : ""}`
  }
order by x.id desc limit $1`;
  return { text, params };
}

export async function listTrades(query: Query, filter: TradeFilter): Promise<TradeRow[]> {
  const { text, params } = tradesStatement(filter);
  return query<TradeRow>(text, params);
}
