/**
 * Figures of an entry's performance, by empyrical's definitions. They are floats, because no money is computed from them.
 * Here an undefined figure is NaN and an infinite one is Infinity; `finite` turns both into null for the API.
 */
import { decimal, ZERO } from "./money.ts";

/** Null for NaN and the infinities: how the API shows undefined and infinite figures. */
export function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

/** How many rounds fit into a year of the market's time, whose clock may run faster than ours. */
export function periodsPerYear(intervalSeconds: number, marketClock: number): number {
  return (365 * 86_400) / (intervalSeconds * marketClock);
}

/** Sums over a sample: the mean, and the sum of squared deviations from it. */
interface Moments {
  readonly count: number;
  readonly mean: number;
  readonly m2: number;
}

function moments(values: readonly number[]): Moments {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const m2 = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { count: values.length, mean, m2 };
}

/** Sample standard deviation (divided by n − 1). A deviation of equal values that comes only from rounding counts as 0. */
function deviation({ count, mean, m2 }: Moments): number {
  if (count < 2) return Number.NaN;
  const value = Math.sqrt(m2 / (count - 1));
  return value <= Math.abs(mean) * 1e-14 ? 0 : value;
}

/** The annualised Sharpe ratio. NaN below two returns or when all are 0; ±Infinity when they do not vary. */
export function sharpe(returns: readonly number[], periods: number): number {
  return sharpeFromRunning(moments(returns), periods);
}

/** The Sharpe ratio from running sums: the columns returns_count, returns_mean and returns_m2 of equity points. */
export function sharpeFromRunning(running: Moments, periods: number): number {
  return (running.mean / deviation(running)) * Math.sqrt(periods);
}

/** The annualised Sortino ratio, its downside taken over all periods. NaN below two returns; Infinity without a loss. */
export function sortino(returns: readonly number[], periods: number): number {
  if (returns.length < 2) return Number.NaN;
  const downside = Math.sqrt(returns.reduce((sum, r) => sum + Math.min(r, 0) ** 2, 0) / returns.length);
  return (moments(returns).mean * periods) / (downside * Math.sqrt(periods));
}

/** The largest fall from an earlier peak, as a share of that peak: 0 or negative. `equities` begin with the starting one. */
export function maxDrawdown(equities: readonly number[]): number {
  let peak = Number.NEGATIVE_INFINITY;
  let worst = 0;
  for (const equity of equities) {
    peak = Math.max(peak, equity);
    if (peak > 0) worst = Math.min(worst, equity / peak - 1);
  }
  return worst;
}

export function annualVolatility(returns: readonly number[], periods: number): number {
  return deviation(moments(returns)) * Math.sqrt(periods);
}

/** The standard error of an annualised Sharpe ratio over `days` days: 7.2 for one week. */
export function sharpeStandardError(days: number): number {
  return Math.sqrt(365 / days);
}

/** Probability that the true Sharpe is above 0 (Bailey and López de Prado), from period returns. */
export function probabilisticSharpe(returns: readonly number[]): number {
  const { count, mean, m2 } = moments(returns);
  const ratio = mean / deviation({ count, mean, m2 });
  const variance = m2 / count;
  const skew = returns.reduce((sum, r) => sum + (r - mean) ** 3, 0) / count / variance ** 1.5;
  const kurtosis = returns.reduce((sum, r) => sum + (r - mean) ** 4, 0) / count / variance ** 2;
  return normalCdf(ratio / Math.sqrt((1 - skew * ratio + ((kurtosis - 1) / 4) * ratio ** 2) / (count - 1)));
}

/** Φ, to about 1e-15: Hart's approximation in the form of G. West, "Better approximations to cumulative normal functions". */
export function normalCdf(x: number): number {
  const z = Math.abs(x);
  if (Number.isNaN(z)) return Number.NaN;
  const tail = z > 37 ? 0 : upperTail(z);
  return x > 0 ? 1 - tail : tail;
}

function upperTail(z: number): number {
  const density = Math.exp((-z * z) / 2);
  if (z >= 7.07106781186547) {
    return density / (z + 1 / (z + 2 / (z + 3 / (z + 4 / (z + 0.65))))) / 2.506628274631;
  }
  const horner = (coefficients: readonly number[]) => coefficients.reduce((sum, c) => sum * z + c, 0);
  return (density * horner(numerator)) / horner(denominator);
}

const numerator = [
  3.52624965998911e-2, 0.700383064443688, 6.37396220353165, 33.912866078383, 112.079291497871, 221.213596169931,
  220.206867912376,
];
const denominator = [
  8.83883476483184e-2, 1.75566716318264, 16.064177579207, 86.7807322029461, 296.564248779674, 637.333633378831,
  793.826512519948, 440.413735824752,
];

/** Winning closed trades over closed trades; NaN without one. */
export function winRate(winning: number, closed: number): number {
  return closed > 0 ? winning / closed : Number.NaN;
}

/** Profits over losses of closed trades, from their realised profits as decimal text. Infinity without a loss. */
export function profitFactor(realizedProfits: readonly string[]): number {
  let won = ZERO;
  let lost = ZERO;
  for (const profit of realizedProfits.map(decimal)) {
    if (profit.gt(ZERO)) won = won.plus(profit);
    else lost = lost.minus(profit);
  }
  return Number(won.toFixed()) / Number(lost.toFixed());
}
