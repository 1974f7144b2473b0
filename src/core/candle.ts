/** What a market shows: candles, and the indicators that are computed from them. */

/** A closed candle. Prices are decimal strings, exactly as stored; `openAt` is epoch milliseconds. */
export interface Candle {
  readonly openAt: number;
  readonly open: string;
  readonly high: string;
  readonly low: string;
  readonly close: string;
  readonly volume: string;
  /** Nobody traded: all prices are the last close, and the volume is 0. Absent means false. */
  readonly filled?: boolean;
}

/**
 * The indicators of one symbol over a fixed window of closed candles, computed once a round and symbol.
 * They are floats, because decisions use them and money is never computed from them.
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
  /** −1 to 1, read from candles: see src/strategies/sentiment-score.ts. */
  readonly sentiment: number;
  /** −1 to 1: RSI ±0.3, MACD histogram ±0.3, EMA12 against EMA26 ±0.4. */
  readonly signal: number;
}
