import { at, logReturns, mean } from "./series.ts";

const SPAN = 24;
const HALF_LIFE = 8;
const VOLUME_CAP = 3;

/**
 * The mood of the market, −1 to 1, read from candles, because there is no source of news yet. It is tanh of the mean of two
 * readings of the last 24 candles.
 * - drift: the sum of log returns, each scaled by the volatility, weighted by its volume against the mean volume (at
 *   most 3×) and faded by half every 8 candles; divided by the root of the squared weights, so that a market without
 *   drift gives about a standard normal figure.
 * - pressure: volume of rising candles minus volume of falling ones, over all volume: −1 to 1.
 * In a flat market drift is 0, and without volume pressure is 0.
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
