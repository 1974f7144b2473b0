/** Arithmetic on series of floats, oldest first. These functions differ from the library's by convention or by seed. */

export function mean(values: readonly number[]): number {
  let sum = 0;
  for (const value of values) sum += value;
  return values.length === 0 ? 0 : sum / values.length;
}

/** Population standard deviation (divided by n, as Bollinger's and the volatility here are). */
export function deviation(values: readonly number[]): number {
  const middle = mean(values);
  return Math.sqrt(mean(values.map((value) => (value - middle) ** 2)));
}

/**
 * Exponential moving average, seeded with the simple average of the first `period` values. The library seeds with the
 * first value alone, which still shows after a hundred candles. Result i belongs to value i + period − 1; empty when
 * there are fewer values than the period.
 */
export function ema(values: readonly number[], period: number): number[] {
  if (values.length < period) return [];
  const weight = 2 / (period + 1);
  let last = mean(values.slice(0, period));
  const result = [last];
  for (const value of values.slice(period)) {
    last += (value - last) * weight;
    result.push(last);
  }
  return result;
}

/** ln(value / previous value) of each value after the first; 0 where a price isn't positive. */
export function logReturns(values: readonly number[]): number[] {
  const result: number[] = [];
  for (let i = 1; i < values.length; i++) {
    const before = at(values, i - 1);
    const now = at(values, i);
    result.push(before > 0 && now > 0 ? Math.log(now / before) : 0);
  }
  return result;
}

/** The value at an index, counted from the end when negative; 0 outside. */
export function at(values: readonly number[], index: number): number {
  return values.at(index) ?? 0;
}
