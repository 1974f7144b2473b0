import { describe, expect, test } from "vitest";
import { decimalText } from "../../src/core/rules.ts";
import {
  type SyntheticState,
  startSynthetic,
  stepSynthetic,
  syntheticStateSchema,
} from "../../src/markets/synthetic.ts";
import { syntheticSymbols } from "../../src/markets/synthetic-assets.ts";
import type { Candle } from "../../src/strategies/strategy.ts";

const T0 = Date.parse("2025-01-01T00:00:00Z");
const SECONDS = 300;
const symbols = ["BTC-USDT", "ETH-USDT", "TRX-USDT", "DOGE-USDT"];

function run(state: SyntheticState, count: number, seconds = SECONDS) {
  const candles: Record<string, Candle>[] = [];
  let at = state;
  for (let i = 0; i < count; i++) {
    const step = stepSynthetic(at, T0 + at.count * seconds * 1_000, seconds);
    candles.push(step.candles);
    at = step.state;
  }
  return { state: at, candles };
}

const long = run(startSynthetic("shape", symbols), 8_000).candles;
const closes = (symbol: string) => long.map((step) => Number(step[symbol]?.close));
const returns = (symbol: string) =>
  closes(symbol).flatMap((close, i, all) => (i === 0 ? [] : [Math.log(close / Number(all[i - 1]))]));
const mean = (x: readonly number[]) => x.reduce((sum, value) => sum + value, 0) / x.length;
function correlation(x: readonly number[], y: readonly number[]): number {
  const [mx, my] = [mean(x), mean(y)];
  const cov = mean(x.map((value, i) => (value - mx) * (Number(y[i]) - my)));
  return cov / Math.sqrt(mean(x.map((v) => (v - mx) ** 2)) * mean(y.map((v) => (v - my) ** 2)));
}
const lag = (x: readonly number[], by: number) => correlation(x.slice(by), x.slice(0, -by));

describe("the synthetic market", () => {
  test("makes the same candles of the same seed, and others of another", () => {
    const [a, b, c] = ["s", "s", "t"].map((seed) => run(startSynthetic(seed, symbols), 50).candles);
    expect(a).toEqual(b);
    expect(a).not.toEqual(c);
  });

  test("goes on from its stored state as if it had never stopped", () => {
    const whole = run(startSynthetic("s", symbols), 150);
    const first = run(startSynthetic("s", symbols), 100);
    const stored = syntheticStateSchema.parse(JSON.parse(JSON.stringify(first.state)));
    const second = run(stored, 50);
    expect([...first.candles, ...second.candles]).toEqual(whole.candles);
    expect(second.state).toEqual(whole.state);
  });

  test("moves a symbol the same whichever others are traded", () => {
    const alone = run(startSynthetic("s", ["ETH-USDT"]), 20).candles.map((step) => step["ETH-USDT"]);
    expect(run(startSynthetic("s", symbols), 20).candles.map((step) => step["ETH-USDT"])).toEqual(alone);
  });

  test("has fat tails", () => {
    for (const symbol of symbols) {
      const r = returns(symbol);
      const m = mean(r);
      const kurtosis = mean(r.map((x) => (x - m) ** 4)) / mean(r.map((x) => (x - m) ** 2)) ** 2;
      expect(kurtosis, symbol).toBeGreaterThan(3.7);
    }
  });

  test("has calm and wild spells, while returns themselves don't predict each other", () => {
    for (const symbol of symbols) {
      const r = returns(symbol);
      const size = r.map(Math.abs);
      for (const by of [1, 5, 20]) expect(lag(size, by), `${symbol} |r| lag ${by}`).toBeGreaterThan(0.05);
      expect(Math.abs(lag(r, 1)), `${symbol} r`).toBeLessThan(0.06);
    }
  });

  test("moves its symbols together, by their loadings", () => {
    const of = (a: string, b: string) => correlation(returns(a), returns(b));
    expect(of("BTC-USDT", "ETH-USDT")).toBeGreaterThan(0.65);
    expect(of("BTC-USDT", "ETH-USDT")).toBeLessThan(0.9);
    expect(of("BTC-USDT", "TRX-USDT")).toBeGreaterThan(0.25);
    expect(of("BTC-USDT", "TRX-USDT")).toBeLessThan(of("BTC-USDT", "ETH-USDT"));
  });

  test("scales its volatility by the square root of time", () => {
    const size = (seconds: number) => {
      const path = run(startSynthetic("scale", ["BTC-USDT"]), 1_500, seconds).candles;
      const x = path.map((step) => Number(step["BTC-USDT"]?.close));
      return Math.sqrt(mean(x.slice(1).map((value, i) => Math.log(value / Number(x[i])) ** 2)));
    };
    expect(size(300) / size(5)).toBeCloseTo(Math.sqrt(60), 0);
    expect(size(300) * Math.sqrt(105_120)).toBeGreaterThan(0.3);
    expect(size(300) * Math.sqrt(105_120)).toBeLessThan(0.65);
  });

  test("opens nearly every candle at a price that the previous close did not tell", () => {
    const gaps = long.slice(1).filter((step, i) => step["BTC-USDT"]?.open !== long[i]?.["BTC-USDT"]?.close);
    expect(gaps.length / long.length).toBeGreaterThan(0.99);
  });

  test("gives valid candles of every symbol, as plain decimals, also at intervals of a second", () => {
    for (const step of run(startSynthetic("x", syntheticSymbols), 200, 1).candles) {
      for (const candle of Object.values(step)) {
        for (const field of ["open", "high", "low", "close", "volume"] as const) {
          expect(decimalText.safeParse(candle[field]).success, candle[field]).toBe(true);
        }
        const [open, high, low, close] = [candle.open, candle.high, candle.low, candle.close].map(Number);
        expect(low).toBeGreaterThan(0);
        expect(low).toBeLessThanOrEqual(Math.min(Number(open), Number(close)));
        expect(high).toBeGreaterThanOrEqual(Math.max(Number(open), Number(close)));
      }
    }
  });

  test("keeps prices near where they began over a century of days", () => {
    const last = run(startSynthetic("century", ["SUI-USDC"]), 36_500, 86_400).state.symbols["SUI-USDC"]?.price;
    expect(last).toBeGreaterThan(3.28 / 30);
    expect(last).toBeLessThan(3.28 * 30);
  });

  test("refuses a symbol that it doesn't know", () => {
    expect(() => startSynthetic("s", ["GOLD-USDT"])).toThrow("The synthetic market has no GOLD-USDT.");
  });
});
