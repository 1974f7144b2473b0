import { expect, test } from "vitest";
import { aggregate, windowAt } from "../../../src/strategies/window.ts";
import { candlesOf, INTERVAL_MS, START_MS } from "../../support/strategies-market.ts";

const candles = candlesOf([1, 2, 3, 4, 5, 6]);
const closesOf = (some: readonly { readonly close: string }[]) => some.map((candle) => Number(candle.close));

test("a candle is seen from the millisecond at which it closes", () => {
  const closesAt = START_MS + 3 * INTERVAL_MS;
  expect(closesOf(windowAt(candles, closesAt, 2, INTERVAL_MS))).toEqual([2, 3]);
  expect(closesOf(windowAt(candles, closesAt - 1, 2, INTERVAL_MS))).toEqual([1, 2]);
});

test("a window has as many candles as are closed, and none before the first", () => {
  expect(closesOf(windowAt(candles, START_MS + 2 * INTERVAL_MS, 10, INTERVAL_MS))).toEqual([1, 2]);
  expect(windowAt(candles, START_MS, 10, INTERVAL_MS)).toEqual([]);
  expect(windowAt([], START_MS, 10, INTERVAL_MS)).toEqual([]);
  expect(closesOf(windowAt(candles, START_MS + 1e12, 2, INTERVAL_MS))).toEqual([5, 6]);
});

test("merged candles end at the due time, with the first open, the last close, exact high and low, and the summed volume", () => {
  const base = [
    { openAt: START_MS, open: "9", high: "10.5", low: "8", close: "10", volume: "0.1" },
    { openAt: START_MS + INTERVAL_MS, open: "10", high: "9.75", low: "9", close: "9.5", volume: "0.2" },
    { openAt: START_MS + 2 * INTERVAL_MS, open: "9.5", high: "100", low: "9.5", close: "20", volume: "1" },
    { openAt: START_MS + 3 * INTERVAL_MS, open: "20", high: "21", low: "10.25", close: "11", volume: "2" },
    { openAt: START_MS + 4 * INTERVAL_MS, open: "11", high: "99", low: "1", close: "2", volume: "5" },
  ];
  expect(aggregate(base, INTERVAL_MS, 2 * INTERVAL_MS, START_MS + 4 * INTERVAL_MS)).toEqual([
    { openAt: START_MS, open: "9", high: "10.5", low: "8", close: "9.5", volume: "0.3" },
    { openAt: START_MS + 2 * INTERVAL_MS, open: "9.5", high: "100", low: "9.5", close: "11", volume: "3" },
  ]);
  expect(aggregate(base, INTERVAL_MS, 2 * INTERVAL_MS, START_MS + 5 * INTERVAL_MS)).toHaveLength(2);
  expect(aggregate(base, INTERVAL_MS, INTERVAL_MS, START_MS + 5 * INTERVAL_MS)).toEqual(base);
});

test("no candle is merged over a gap, and everything before the gap is left out", () => {
  const gap = candles.filter((_, i) => i !== 2);
  expect(closesOf(aggregate(gap, INTERVAL_MS, 2 * INTERVAL_MS, START_MS + 6 * INTERVAL_MS))).toEqual([6]);
  expect(aggregate(candles, INTERVAL_MS, 2 * INTERVAL_MS, START_MS + 7 * INTERVAL_MS)).toEqual([]);
});

test("an interval that is no multiple of the candles' interval throws", () => {
  expect(() => aggregate(candles, INTERVAL_MS, 1.5 * INTERVAL_MS, START_MS)).toThrow(RangeError);
  expect(() => aggregate(candles, INTERVAL_MS, 0, START_MS)).toThrow(RangeError);
});
