/**
 * The hash of a tournament covers its decisions, orders, trades and equities. It leaves out whatever differs between two runs
 * of the same seed: ids, times, attempts, versions. It leaves out texts and confidences too, because they are deleted when
 * their retention ends, and the hash must stay the same.
 */
import { compareText } from "./ranking.ts";
import { canonicalJson, plainDecimal } from "./text/canonical.ts";

interface Row {
  readonly round: number;
  /** The agent's name. */
  readonly agent: string;
}
export interface DecisionRow extends Row {
  readonly outcome: string;
  readonly orderCount: number;
}
export interface OrderRow extends Row {
  readonly seq: number;
  readonly side: string;
  readonly symbol: string;
  readonly amount: string;
  readonly state: string;
  readonly code: string | null;
}
export interface TradeRow extends Row {
  readonly seq: number;
  readonly side: string;
  readonly symbol: string;
  readonly quantity: string;
  readonly price: string;
  readonly fee: string;
  readonly cashChange: string;
  readonly realizedProfit: string | null;
}
export interface EquityRow extends Row {
  readonly equity: string;
  readonly rank: number | null;
}
export interface HashedRows {
  readonly decisions: readonly DecisionRow[];
  readonly orders: readonly OrderRow[];
  readonly trades: readonly TradeRow[];
  readonly equity: readonly EquityRow[];
}

export const noRows: HashedRows = { decisions: [], orders: [], trades: [], equity: [] };

/** The rows as canonical JSON, one a line, ordered by kind, round, agent's name and sequence: what is hashed. Comparing those of two runs shows where their hashes differ. */
export function canonicalRows(rows: HashedRows): string[] {
  const lines: Array<Row & { readonly kind: number; readonly seq: number; readonly line: string }> = [];
  const add = (kind: number, row: Row, seq: number, fields: Record<string, unknown>) =>
    lines.push({
      kind,
      round: row.round,
      agent: row.agent,
      seq,
      line: canonicalJson({ ...fields, round: row.round, agent: row.agent }),
    });
  for (const row of rows.decisions) {
    add(0, row, 0, { kind: "decision", outcome: row.outcome, orders: row.orderCount });
  }
  for (const row of rows.orders) {
    const { seq, side, symbol, state, code } = row;
    add(1, row, seq, { kind: "order", seq, side, symbol, amount: plainDecimal(row.amount), state, code });
  }
  for (const row of rows.trades) {
    const { seq, side, symbol } = row;
    add(2, row, seq, {
      kind: "trade",
      seq,
      side,
      symbol,
      quantity: plainDecimal(row.quantity),
      price: plainDecimal(row.price),
      fee: plainDecimal(row.fee),
      cash_change: plainDecimal(row.cashChange),
      realized_profit: row.realizedProfit === null ? null : plainDecimal(row.realizedProfit),
    });
  }
  for (const row of rows.equity) add(3, row, 0, { kind: "equity", equity: plainDecimal(row.equity), rank: row.rank });
  return lines
    .sort((a, b) => a.kind - b.kind || a.round - b.round || compareText(a.agent, b.agent) || a.seq - b.seq)
    .map((item) => item.line);
}
