/**
 * The hash of a tournament: what was decided, ordered, traded and worth, and nothing that differs between two runs of
 * the same seed (ids, times, attempts, versions). Texts and confidences are left out too: details have a retention of
 * their own, and the hash must outlive it.
 */
import { canonicalJson, plainDecimal, sha256Hex } from "./canonical.ts";
import { compareText } from "./ranking.ts";

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

/** SHA-256 hex over canonical JSON rows, a line each, ordered by kind, round, agent's name and sequence. */
export async function hashRows(rows: HashedRows): Promise<string> {
  return sha256Hex(canonicalRows(rows).join("\n"));
}

/** The lines that are hashed: what two runs are compared by when their hashes differ. */
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
