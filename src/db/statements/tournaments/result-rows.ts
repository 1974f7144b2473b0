/** The rows that a tournament's hash covers, in the form that core/tournament-hash.ts takes, by spans of rounds. */
import type { DecisionRow, EquityRow, HashedRows, OrderRow, TradeRow } from "../../../core/tournament-hash.ts";
import type { Query } from "../../query.ts";

/** Round numbers, both included. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

const OF_ROUNDS = (columns: string, table: string) => `
select r.number as round, e.agent_name as agent, ${columns}
  from rounds r join ${table} x on x.round_id = r.id join entries e on e.id = x.entry_id
 where r.tournament_id = $1 and r.number between $2 and $3`;

const DECISIONS = OF_ROUNDS(`x.outcome, x.order_count as "orderCount"`, "decisions");
const ORDERS = OF_ROUNDS("x.seq, x.side, x.symbol, x.amount, x.state, x.code", "orders");
const TRADES = OF_ROUNDS(
  `x.seq, x.side, x.symbol, x.quantity, x.price, x.fee, x.cash_change as "cashChange", x.realized_profit as "realizedProfit"`,
  "trades",
);
const EQUITY = `
select p.round, e.agent_name as agent, p.equity, p.rank
  from equity_points p join entries e on e.id = p.entry_id
 where p.tournament_id = $1 and p.round between $2 and $3`;

type Read<T> = (query: Query, tournamentId: string, span: Span) => Promise<T[]>;

function reader<T>(statement: string): Read<T> {
  return (query, tournamentId, { from, to }) => query<T & Record<string, unknown>>(statement, [tournamentId, from, to]);
}

export const readResultRows: { readonly [K in keyof HashedRows]: Read<HashedRows[K][number]> } = {
  decisions: reader<DecisionRow>(DECISIONS),
  orders: reader<OrderRow>(ORDERS),
  trades: reader<TradeRow>(TRADES),
  equity: reader<EquityRow>(EQUITY),
};

/** The number of the newest round; -1 without one. */
export async function newestRound(query: Query, tournamentId: string): Promise<number> {
  const [row] = await query<{ number: number }>(
    "select number from rounds where tournament_id = $1 order by number desc limit 1",
    [tournamentId],
  );
  return row?.number ?? -1;
}
