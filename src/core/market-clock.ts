/**
 * The synthetic market's clock: how many seconds pass on the market in one real second. In 5 s a price moves by 0.02 %, a
 * tenth of what buying and selling cost, so nobody could win. Where rounds are short the market therefore runs faster. Pure.
 */

/** In a round of this length or more a price moves by more than a trade costs. */
const REAL_TIME_FROM_SECONDS = 60;
const FAST = 60;

/** Market seconds in one real second, for rounds of this length. It is stored with the candles and never computed again. */
export function marketClock(intervalSeconds: number): number {
  return intervalSeconds < REAL_TIME_FROM_SECONDS ? FAST : 1;
}

/** "1 s = 1 min"; null for a market that keeps real time. */
export function clockText(clock: number): string | null {
  if (clock === 1) return null;
  const [count, unit] =
    clock % 3_600 === 0 ? [clock / 3_600, "h"] : clock % 60 === 0 ? [clock / 60, "min"] : [clock, "s"];
  return `1 s = ${count} ${unit}`;
}
