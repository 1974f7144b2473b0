import { expect, test } from "vitest";
import { isExcused, quantile, recoveries, type Struck } from "../../chaos/recovery.ts";

const round = (number: number) => ({ number, dueMs: number * 15_000, deadlineMs: number * 15_000 + 7500 });
const rounds = [0, 1, 2, 3, 4].map(round);
const fault = (startMs: number, endMs: number, more: Partial<Struck> = {}): Struck => ({
  kind: "x",
  excuses: true,
  startMs,
  harmedMs: endMs,
  endMs,
  ...more,
});

test("a miss is excused only by a fault in its window, or one that ended less than 10 s before it", () => {
  expect(isExcused(round(1), [fault(0, 4_999)])).toBe(false);
  expect(isExcused(round(1), [fault(0, 5_001)])).toBe(true);
  expect(isExcused(round(1), [fault(22_500, 30_000)])).toBe(true);
  expect(isExcused(round(1), [fault(22_501, 30_000)])).toBe(false);
  expect(isExcused(round(1), [fault(16_000, 17_000, { excuses: false })])).toBe(false);
});

test("a recovery lasts from the fault's end in a round, or else from the next due time", () => {
  const done = new Map([
    ["inside", [{ round: 1, atMs: 19_000 }]],
    [
      "after",
      [
        { round: 1, atMs: 15_100 },
        { round: 2, atMs: 30_700 },
      ],
    ],
    ["skipped one", [{ round: 2, atMs: 31_000 }]],
  ]);
  const struck = fault(16_000, 17_000);
  expect(recoveries([struck], rounds, done)).toEqual({
    seconds: [0.7, 2, 14],
    slowest: [{ fault: struck, seconds: 14 }],
    never: 0,
  });
});

test("an entry that does nothing more after the last fault never recovered", () => {
  const done = new Map([["gone", [{ round: 0, atMs: 100 }]]]);
  expect(recoveries([fault(16_000, 17_000)], rounds, done)).toEqual({ seconds: [], slowest: [], never: 1 });
});

test("a recovery counts from the kill, though the fault lasts until the process is back", () => {
  const done = new Map([["a", [{ round: 1, atMs: 21_000 }]]]);
  expect(recoveries([fault(16_000, 20_000, { harmedMs: 16_000 })], rounds, done).seconds).toEqual([5]);
});

test("quantiles are of nearest rank", () => {
  expect([0.5, 0.95, 1].map((share) => quantile([1, 2, 3, 4], share))).toEqual([2, 4, 4]);
  expect(quantile([], 0.5)).toBeNull();
});
