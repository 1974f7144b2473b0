/** The rows as the ledger reads them: money is text, times are microseconds since 1970, floats are numbers. */

export type TournamentRow = {
  id: string;
  name: string;
  status: string;
  market: string;
  source: string;
  /** Null: the row of candle_sources is gone. */
  base_seconds: number | null;
  symbols: string[];
  interval_seconds: number;
  starts: number;
  ends: number;
  starting_cash: string;
  rules: Record<string, unknown>;
  winner: string | null;
  /** −1 before the first settlement. */
  last_settled: number;
};

export type EntryRow = {
  id: string;
  name: string;
  agent_id: string;
  has_agent: boolean;
  baseline: boolean;
  limits: Record<string, unknown> | null;
  first_round: number;
  last_round: number | null;
  cash: string;
  version: number;
  recoveries: number;
  trades_count: number;
  closed_trades: number;
  winning_trades: number;
  fees: string;
  realized_profit: string;
};

export type PositionRow = { entry: string; symbol: string; quantity: string };
export type LotRow = { entry: string; symbol: string; round: number; seq: number; quantity: string; cost: string };

export type RoundRow = {
  id: string;
  number: number;
  state: string;
  skip_reason: string | null;
  due: number;
  participants: number;
  /** The details of all its decisions were deleted when their retention ended. */
  details_dropped: boolean;
};
export type SnapshotRow = { round: string; candles: Record<string, Record<string, unknown>> };
export type QuoteRow = {
  round: string;
  symbol: string;
  bid: string;
  ask: string;
  mid: string;
  filled: boolean;
  venue: string | null;
};
export type DecisionRow = { round: string; entry: string; outcome: string; order_count: number; version: number };
export type DetailKey = { round: string; entry: string };
export type OrderRow = {
  round: string;
  entry: string;
  seq: number;
  side: "buy" | "sell";
  symbol: string;
  amount: string;
  state: "open" | "filled" | "refused" | "dropped";
  code: string | null;
  refused_at: "decision" | "fill" | null;
};
export type TradeRow = {
  round: string;
  entry: string;
  seq: number;
  tournament: string;
  side: string;
  symbol: string;
  quantity: string;
  price: string;
  fee: string;
  cash_change: string;
  realized_profit: string | null;
};
export type EquityRow = {
  round: number;
  entry: string;
  equity: string;
  rank: number | null;
  peak: string;
  max_drawdown: number;
  returns_count: number;
  returns_mean: number;
  returns_m2: number;
};
/** The stored candles of a round and symbol: those of the interval before the due time, merged, and the open at the due time. */
export type CandleRow = {
  round: string;
  symbol: string;
  /** The snapshot's own source, or the tournament's; and its interval. */
  source: string;
  base_seconds: number | null;
  fill_open: string | null;
  /** Whether the candle that opens at the due time is a filled one. Null without that candle. */
  fill_filled: boolean | null;
  count: number;
  /** Microseconds at which the last candle before the due time opened. */
  last_open: number | null;
  open: string | null;
  high: string | null;
  low: string | null;
  close: string | null;
  volume: string | null;
};

/** Everything that belongs to some rounds. */
export type Page = {
  rounds: RoundRow[];
  snapshots: SnapshotRow[];
  quotes: QuoteRow[];
  decisions: DecisionRow[];
  details: DetailKey[];
  orders: OrderRow[];
  trades: TradeRow[];
  equity: EquityRow[];
  candles: CandleRow[];
};

/** One moment of a tournament: its accounts, and the rounds after the last settled one, which may still change. */
export type Head = {
  tournament: TournamentRow | null;
  entries: EntryRow[];
  positions: PositionRow[];
  lots: LotRow[];
  tail: Page;
};
