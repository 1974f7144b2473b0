import { describe, expect, test } from "vitest";
import {
  annualVolatility,
  finite,
  maxDrawdown,
  normalCdf,
  periodsPerYear,
  probabilisticSharpe,
  profitFactor,
  sharpe,
  sharpeFromRunning,
  sharpeStandardError,
  sortino,
  winRate,
} from "../../../src/core/metrics.ts";

const mixed = [1, 10, -4, 2, 3, 2, 1, -10].map((r) => r / 100);
const falling = [0, -6, -7, -1, -9, -2, -6, -8, -5].map((r) => r / 100);
const rising = [1, 2, 1, 1, 1, 1, 1, 1, 1].map((r) => r / 100);
const equities = (returns: readonly number[]) =>
  [0, ...returns].map((_, i) => returns.slice(0, i).reduce((equity, r) => equity * (1 + r), 1));

/** Equal to 1e-12, relative where the figure is large. */
const near = (value: number, golden: number) =>
  expect(Math.abs(value - golden)).toBeLessThan(1e-12 * Math.max(1, Math.abs(golden)));

describe("the figures equal empyrical's", () => {
  test("mixed returns", () => {
    near(sharpe(mixed, 252), 1.7238613961706866);
    near(sortino(mixed, 252), 2.605531251673693);
    near(maxDrawdown(equities(mixed)), -0.1);
    near(annualVolatility(mixed, 252), 0.9136465399704637);
  });
  test("falling returns", () => {
    near(sharpe(falling, 252), -24.406808633910085);
    near(sortino(falling, 252), -13.5327430750434);
  });
  test("rising returns have no downside", () => {
    near(sharpe(rising, 252), 52.915026221291804);
    expect(sortino(rising, 252)).toBe(Number.POSITIVE_INFINITY);
    expect(maxDrawdown(equities(rising))).toBe(0);
  });
  test("the normal distribution and PSR(0) agree with erfc", () => {
    near(normalCdf(-3), 0.0013498980316300957);
    near(normalCdf(0.5), 0.6914624612740131);
    near(normalCdf(1.96), 0.9750021048517795);
    near(normalCdf(7.5), 0.9999999999999681);
    near(probabilisticSharpe(mixed), 0.6106203604025079);
  });
});

test("undefined and infinite figures are null at the edge, never NaN", () => {
  expect(finite(sharpe([], 252))).toBeNull();
  expect(finite(sharpe([0.01], 252))).toBeNull();
  expect(finite(sortino([0.01], 252))).toBeNull();
  expect(finite(sharpe([0, 0, 0], 252))).toBeNull();
  // All returns are equal, but the float mean differs a little from them.
  expect(finite(sharpe([0.1, 0.1, 0.1], 252))).toBeNull();
  expect(finite(sharpeFromRunning({ count: 0, mean: 0, m2: 0 }, 252))).toBeNull();
  expect(finite(probabilisticSharpe([]))).toBeNull();
  expect(finite(probabilisticSharpe([0, 0]))).toBeNull();
  expect(finite(winRate(0, 0))).toBeNull();
  expect(finite(profitFactor(["1.5"]))).toBeNull();
  expect(finite(profitFactor([]))).toBeNull();
  expect(maxDrawdown([])).toBe(0);
});

test("win rate and profit factor count closed trades", () => {
  expect(winRate(1, 4)).toBe(0.25);
  expect(profitFactor(["3", "-1", "-0.5", "0"])).toBe(2);
});

test("a year has 105,120 rounds of five minutes, and the standard error of a week's Sharpe is 7.2", () => {
  expect(periodsPerYear(300, 1)).toBe(105_120);
  expect(periodsPerYear(5, 60)).toBe(105_120);
  expect(sharpeStandardError(7)).toBeCloseTo(7.2, 1);
});
