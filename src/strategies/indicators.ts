/**
 * Computes the indicators of one symbol. The window is fixed, so that they depend only on the last 120 closed candles and not
 * on how much history the caller has.
 */
import { ATR, BollingerBands, RSI } from "trading-signals";
import type { Candle, Indicators } from "../core/candle.ts";
import { WARM_UP_CANDLES } from "../core/phases.ts";
import { sentimentScore } from "./sentiment-score.ts";
import { at, deviation, ema, logReturns, mean } from "./series.ts";

/** A difference below this share of the price comes from the rounding of floats and counts as 0. */
const DUST = 1e-9;

/**
 * Throws a RangeError with fewer than WARM_UP_CANDLES candles; of more, only the last ones count. Every figure is finite, also
 * in a flat market and without volume (RSI 50, volume ratio 1, deviation and sentiment 0).
 */
export function computeIndicators(candles: readonly Candle[]): Indicators {
  if (candles.length < WARM_UP_CANDLES) {
    throw new RangeError(`indicators need ${WARM_UP_CANDLES} closed candles, not ${candles.length}`);
  }
  const window = candles.slice(-WARM_UP_CANDLES);
  const closes = window.map((candle) => Number(candle.close));
  const highs = window.map((candle) => Number(candle.high));
  const lows = window.map((candle) => Number(candle.low));
  const volumes = window.map((candle) => Number(candle.volume));
  const close = at(closes, -1);

  const rsi14 = wilderRsi(closes);
  const ema12 = ema(closes, 12);
  const ema26 = ema(closes, 26);
  const macdLine = ema26.map((slow, i) => at(ema12, i + 14) - slow);
  const macd = at(macdLine, -1);
  const macdSignal = at(ema(macdLine, 9), -1);
  const volatility20 = deviation(logReturns(closes.slice(-21)));
  const meanVolume = mean(volumes.slice(-20));

  return {
    rsi14,
    sma20: mean(closes.slice(-20)),
    sma50: mean(closes.slice(-50)),
    ema12: at(ema12, -1),
    ema20: at(ema(closes, 20), -1),
    ema26: at(ema26, -1),
    macd,
    macdSignal,
    macdHistogram: macd - macdSignal,
    ...bollinger(closes),
    atr14: wilderAtr(highs, lows, closes),
    volatility20,
    return1: change(closes, 1),
    return6: change(closes, 6),
    return24: change(closes, 24),
    high20: Math.max(...highs.slice(-21, -1)),
    low20: Math.min(...lows.slice(-21, -1)),
    volumeRatio20: meanVolume > 0 ? at(volumes, -1) / meanVolume : 1,
    sentiment: sentimentScore(closes, volumes, volatility20),
    signal: signalScore(rsi14, macd - macdSignal, at(ema12, -1) - at(ema26, -1), close * DUST),
  };
}

function wilderRsi(closes: readonly number[]): number {
  // The library says 100 when there is no loss. Without any move the RSI is neutral: 50.
  if (closes.every((close) => close === closes[0])) return 50;
  const rsi = new RSI(14);
  for (const close of closes) rsi.update(close, false);
  return rsi.getResultOrThrow();
}

function wilderAtr(highs: readonly number[], lows: readonly number[], closes: readonly number[]): number {
  const atr = new ATR(14);
  for (let i = 0; i < closes.length; i++) {
    atr.update({ high: at(highs, i), low: at(lows, i), close: at(closes, i) }, false);
  }
  return atr.getResultOrThrow();
}

function bollinger(closes: readonly number[]) {
  const bands = new BollingerBands(20, 2);
  for (const close of closes.slice(-20)) bands.update(close, false);
  const { upper, middle, lower } = bands.getResultOrThrow();
  return { bollingerUpper: upper, bollingerMiddle: middle, bollingerLower: lower };
}

/** Simple return over `count` candles; 0 when the older price isn't positive. */
function change(closes: readonly number[], count: number): number {
  const before = at(closes, -1 - count);
  return before > 0 ? at(closes, -1) / before - 1 : 0;
}

/** RSI ±0.3, MACD histogram ±0.3, EMA12 against EMA26 ±0.4. Added up in tenths, so that the sums have no float error. */
function signalScore(rsi: number, histogram: number, spread: number, dust: number): number {
  const side = (value: number, margin: number) => (value > margin ? 1 : value < -margin ? -1 : 0);
  return (3 * side(rsi - 50, 10) + 3 * side(histogram, dust) + 4 * side(spread, dust)) / 10;
}
