/** What a house strategy is: a pure function from what a round shows to what it orders. */
import type { Account, OrderIntent, Prices } from "../core/account.ts";
import type { Limits } from "../core/rules.ts";

export const strategyTypes = [
  "conservative",
  "aggressive",
  "balanced",
  "contrarian",
  "sentiment",
  "trend_following",
  "momentum",
  "value",
  "swing",
  "mean_reversion",
] as const;
export type StrategyType = (typeof strategyTypes)[number];

/** A closed candle. Prices are decimal strings, exactly as stored; `openAt` is epoch milliseconds. */
export interface Candle {
  readonly openAt: number;
  readonly open: string;
  readonly high: string;
  readonly low: string;
  readonly close: string;
  readonly volume: string;
}

/**
 * Indicators of one symbol over a fixed window of closed candles, oldest first; computed once a round and symbol.
 * Floats: they steer decisions and are never money.
 */
export interface Indicators {
  readonly rsi14: number;
  readonly sma20: number;
  readonly sma50: number;
  readonly ema12: number;
  readonly ema20: number;
  readonly ema26: number;
  readonly macd: number;
  readonly macdSignal: number;
  readonly macdHistogram: number;
  readonly bollingerUpper: number;
  readonly bollingerMiddle: number;
  readonly bollingerLower: number;
  readonly atr14: number;
  /** Standard deviation of log returns over 20 candles. */
  readonly volatility20: number;
  readonly return1: number;
  readonly return6: number;
  readonly return24: number;
  /** Donchian channel of the 20 candles before the last one. */
  readonly high20: number;
  readonly low20: number;
  /** Last volume over the mean volume of 20 candles. */
  readonly volumeRatio20: number;
  /** −1 to 1, from candles: see indicators.ts. */
  readonly sentiment: number;
  /** −1 to 1: RSI ±0.3, MACD histogram ±0.3, EMA12 against EMA26 ±0.4. */
  readonly signal: number;
}

/** What a strategy sees of a round: the same for every entry, but for `account`, `memory`, `limits` and `random`. */
export interface View {
  readonly round: number;
  readonly symbols: readonly string[];
  /** Last closes. */
  readonly prices: Prices;
  readonly indicators: Readonly<Record<string, Indicators>>;
  readonly account: Account;
  /** What the strategy returned as memory the last time it did; {} at first. */
  readonly memory: Readonly<Record<string, unknown>>;
  /** Null for baselines. */
  readonly limits: Limits | null;
  /** The agent's own parameters, `config.params`. */
  readonly params: Readonly<Record<string, unknown>>;
  /** Seed text, unique to (tournament seed, agent name, round): the only source of chance. */
  readonly seed: string;
}

export interface Choice {
  readonly orders: readonly OrderIntent[];
  /** One or two sentences with the numbers that it saw. */
  readonly reasoning: string;
  /** 0 to 1. */
  readonly confidence: number;
  /** Replaces the stored memory when present. JSON, at most 8 KB. */
  readonly memory?: Readonly<Record<string, unknown>>;
}

export interface Strategy {
  /** Key in the registry and in an agent's row: "trend_following". */
  readonly key: string;
  readonly type: StrategyType | "baseline";
  /** Plain English: what it does and by which indicators. */
  readonly description: string;
  /** Settings that hold unless the agent's row overrides them; null for baselines. */
  readonly limits: Limits | null;
  decide(view: View): Choice;
}
