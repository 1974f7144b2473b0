/** Selects the candles that a round may see. All reading of a market goes through here, so that no round sees the future. */
import type { Candle } from "../core/candle.ts";
import { decimal, text } from "../core/money.ts";

/**
 * The last `count` candles that are closed at `dueAtMs` (openAt + interval ≤ due), oldest first; fewer when there are
 * fewer. `candles` are in ascending order, of `intervalMs` each. Times are epoch milliseconds.
 */
export function windowAt(
  candles: readonly Candle[],
  dueAtMs: number,
  count: number,
  intervalMs: number,
): readonly Candle[] {
  let low = 0;
  let high = candles.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const candle = candles[middle];
    if (candle !== undefined && candle.openAt + intervalMs <= dueAtMs) low = middle + 1;
    else high = middle;
  }
  return candles.slice(Math.max(0, low - count), low);
}

/**
 * Makes candles of `intervalMs` from ascending candles of `baseMs`. The last one ends at `dueAtMs`; the oldest comes first.
 * Where base candles are missing, the result begins after the gap, so that a gap gives too few candles and never a wrong one.
 * Throws a RangeError when the interval isn't a multiple.
 */
export function aggregate(
  candles: readonly Candle[],
  baseMs: number,
  intervalMs: number,
  dueAtMs: number,
): readonly Candle[] {
  const size = intervalMs / baseMs;
  if (!Number.isInteger(size) || size < 1) {
    throw new RangeError(`an interval of ${intervalMs} ms is not a multiple of the candles' ${baseMs} ms`);
  }
  const closed = windowAt(candles, dueAtMs, candles.length, baseMs);
  const buckets: Candle[] = [];
  for (let end = closed.length; end >= size; end -= size) {
    const openAt = dueAtMs - (buckets.length + 1) * intervalMs;
    const bucket = closed.slice(end - size, end);
    if (bucket.some((candle, i) => candle.openAt !== openAt + i * baseMs)) break;
    buckets.push(merge(bucket, openAt));
  }
  return buckets.reverse();
}

function merge(bucket: readonly Candle[], openAt: number): Candle {
  const [first] = bucket;
  if (first === undefined) throw new RangeError("a bucket without candles");
  let { high, low, close } = first;
  let volume = decimal(first.volume);
  for (const candle of bucket.slice(1)) {
    if (decimal(candle.high).gt(decimal(high))) high = candle.high;
    if (decimal(candle.low).lt(decimal(low))) low = candle.low;
    close = candle.close;
    volume = volume.plus(decimal(candle.volume));
  }
  return { openAt, open: first.open, high, low, close, volume: text(volume) };
}
