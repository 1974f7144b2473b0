/** The scale of bars that stand for minutes. Pure. */

const STEPS = [1, 2, 5];

/** The smallest of 1, 2, 5, 10, 20, 50, … that is not below `value`. */
export function roundTop(value: number): number {
  for (let power = 1; ; power *= 10) {
    const step = STEPS.find((each) => each * power >= value);
    if (step !== undefined) return step * power;
  }
}

/** The value that a share of the values does not exceed: one of them, or 0 without any. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0;
}

/**
 * The top of the axis. One burst would press all other minutes flat, so the top is near the 95th percentile where the greatest
 * minute is more than three times that. A bar above the top is cut, and marked.
 */
export function topOf(values: readonly number[]): number {
  const most = Math.max(0, ...values);
  const usual = quantile(values, 0.95);
  return roundTop(Math.max(1, most > 3 * usual && usual > 0 ? usual * 1.2 : most));
}
