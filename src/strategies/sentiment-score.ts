import { at, logReturns, mean } from "./series.ts";

const SPAN = 24;
const HALF_LIFE = 8;
const VOLUME_CAP = 3;

/**
 * Mood of the market from candles alone, −1 to 1, until there is a source of news: the mean of two readings of the last
 * 24 candles, through tanh.
 * - drift: the sum of log returns, each scaled by the volatility, weighted by its volume against the mean volume (at
 *   most 3×) and faded by half every 8 candles; divided by the root of the squared weights, so that a market without
 *   drift gives about a standard normal figure.
 * - pressure: volume of rising candles minus volume of falling ones, over all volume: −1 to 1.
 * A flat market, or one without volume, reads 0 where there is nothing to read.
 */
export function sentimentScore(closes: readonly number[], volumes: readonly number[], volatility: number): number {
  const returns = logReturns(closes.slice(-SPAN - 1));
  const traded = volumes.slice(-returns.length);
  const usual = mean(traded);
  let drift = 0;
  let squares = 0;
  let pressure = 0;
  for (let i = 0; i < returns.length; i++) {
    const busy = usual > 0 ? Math.min(VOLUME_CAP, at(traded, i) / usual) : 1;
    const weight = busy * 0.5 ** ((returns.length - 1 - i) / HALF_LIFE);
    drift += weight * at(returns, i);
    squares += weight * weight;
    pressure += Math.sign(at(returns, i)) * at(traded, i);
  }
  const scale = volatility * Math.sqrt(squares);
  const z = scale > 0 ? drift / scale : 0;
  const lean = usual > 0 ? pressure / (usual * traded.length) : 0;
  return Math.tanh((z + lean) / 2);
}
