import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { WARM_UP_CANDLES } from "../../../src/core/phases.ts";
import { computeIndicators } from "../../../src/strategies/indicators.ts";
import { candlesOf } from "../../support/strategies-market.ts";

const flat = (count: number, price = 100) => new Array<number>(count).fill(price);
const line = Array.from({ length: WARM_UP_CANDLES }, (_, i) => i + 1);

describe("golden values, computed by hand", () => {
  test("averages of a straight line lag by half their period: the EMA is seeded with the simple average", () => {
    const i = computeIndicators(candlesOf(line));
    expect(i.sma20).toBeCloseTo(110.5, 9);
    expect(i.sma50).toBeCloseTo(95.5, 9);
    // An EMA of n lags a line by (n − 1) / 2, exactly so if its seed does; seeded with the first price it is off by 1e-3.
    expect(i.ema12).toBeCloseTo(114.5, 9);
    expect(i.ema20).toBeCloseTo(110.5, 9);
    expect(i.ema26).toBeCloseTo(107.5, 9);
    expect(i.macd).toBeCloseTo(7, 9);
    expect(i.macdSignal).toBeCloseTo(7, 9);
    expect(i.macdHistogram).toBeCloseTo(0, 9);
  });

  test("returns, the channel of 20 candles before the last, and RSI 100 of a line that only rises", () => {
    const i = computeIndicators(candlesOf(line));
    expect(i.return1).toBeCloseTo(120 / 119 - 1, 12);
    expect(i.return6).toBeCloseTo(120 / 114 - 1, 12);
    expect(i.return24).toBeCloseTo(0.25, 12);
    expect(i.high20).toBe(119);
    expect(i.low20).toBe(99);
    expect(i.rsi14).toBe(100);
    // RSI above 60 and EMA12 above EMA26; the histogram differs from 0 only by rounding.
    expect(i.signal).toBe(0.7);
  });

  test("an average moves by 2 / (n + 1) of the last step", () => {
    const i = computeIndicators(candlesOf([...flat(119), 113]));
    expect(i.ema12).toBeCloseTo(102, 9);
    expect(i.ema20).toBeCloseTo(100 + 26 / 21, 9);
    expect(i.ema26).toBeCloseTo(100 + 26 / 27, 9);
    expect(i.macd).toBeCloseTo(2 - 26 / 27, 9);
    expect(i.macdSignal).toBeCloseTo((2 - 26 / 27) / 5, 9);
    expect(i.signal).toBe(1);
  });

  test("RSI smooths as Wilder does: +14 then −7 after calm gives 65", () => {
    // Average gain 14/14 · 13/14 = 13/14, loss 7/14 = 1/2: 100 · (13/14) / (13/14 + 1/2). Simple averages say 66.67.
    expect(computeIndicators(candlesOf([...flat(118), 114, 107])).rsi14).toBeCloseTo(65, 9);
  });

  test("ATR smooths as Wilder does: one range of 14 after calm is 1, and 13/14 a candle later", () => {
    expect(computeIndicators(candlesOf([...flat(119), 114])).atr14).toBeCloseTo(1, 9);
    expect(computeIndicators(candlesOf([...flat(118), 114, 114])).atr14).toBeCloseTo(13 / 14, 9);
  });

  test("Bollinger and volatility divide by n, not by n − 1", () => {
    const i = computeIndicators(candlesOf(line));
    const deviation = Math.sqrt((20 ** 2 - 1) / 12);
    expect(i.bollingerMiddle).toBeCloseTo(110.5, 9);
    expect(i.bollingerUpper).toBeCloseTo(110.5 + 2 * deviation, 9);
    expect(i.bollingerLower).toBeCloseTo(110.5 - 2 * deviation, 9);
    const zigzag = Array.from({ length: 120 }, (_, k) => (k % 2 === 0 ? 100 : 110));
    expect(computeIndicators(candlesOf(zigzag)).volatility20).toBeCloseTo(0.09531017980432493, 12);
  });

  test("the volume ratio counts the last candle among the twenty", () => {
    const volumes = [...flat(119, 1), 20];
    expect(computeIndicators(candlesOf(line, volumes)).volumeRatio20).toBeCloseTo(20 / 1.95, 9);
  });

  test("sentiment of one rise after calm follows its formula", () => {
    // Volatility: 19 zeros and one r, so r·√19 / 20. Weights 0.5^(k/8), the last one 1; 1 of 24 candles' volume rose.
    const squares = (1 - 0.5 ** 6) / (1 - 0.5 ** 0.25);
    const z = 20 / (Math.sqrt(19) * Math.sqrt(squares));
    const up = computeIndicators(candlesOf([...flat(119), 101])).sentiment;
    expect(up).toBeCloseTo(Math.tanh((z + 1 / 24) / 2), 9);
    expect(computeIndicators(candlesOf([...flat(119), 100 / 1.01])).sentiment).toBeCloseTo(-up, 6);
  });

  test("sentiment grows with the volume of a rise", () => {
    const zigzag = Array.from({ length: 120 }, (_, k) => (k % 2 === 0 ? 100 : 101));
    const mood = (busy: number) =>
      computeIndicators(
        candlesOf(
          zigzag,
          zigzag.map((close) => (close > 100 ? busy : 1)),
        ),
      ).sentiment;
    expect(mood(3)).toBeGreaterThan(mood(1));
    expect(mood(1)).toBeGreaterThan(mood(1 / 3));
    expect(mood(1 / 3)).toBeLessThan(0);
  });
});

test("a flat market without volume reads as neutral", () => {
  expect(computeIndicators(candlesOf(flat(120), flat(120, 0)))).toEqual({
    rsi14: 50,
    sma20: 100,
    sma50: 100,
    ema12: 100,
    ema20: 100,
    ema26: 100,
    macd: 0,
    macdSignal: 0,
    macdHistogram: 0,
    bollingerUpper: 100,
    bollingerMiddle: 100,
    bollingerLower: 100,
    atr14: 0,
    volatility20: 0,
    return1: 0,
    return6: 0,
    return24: 0,
    high20: 100,
    low20: 100,
    volumeRatio20: 1,
    sentiment: 0,
    signal: 0,
  });
});

test("every figure is finite on any market, and within the bounds that Indicators documents", () => {
  const price = fc.oneof(fc.double({ min: 1e-8, max: 1e8, noNaN: true }), fc.constantFrom(1e-8, 1, 1e8));
  const volume = fc.oneof(fc.constant(0), fc.double({ min: 0, max: 1e12, noNaN: true }));
  fc.assert(
    fc.property(
      fc.array(price, { minLength: 120, maxLength: 120 }),
      fc.array(volume, { minLength: 120, maxLength: 120 }),
      (closes, volumes) => {
        const i = computeIndicators(candlesOf(closes, volumes));
        for (const [name, figure] of Object.entries(i)) expect(Number.isFinite(figure), name).toBe(true);
        expect(i.rsi14).toBeGreaterThanOrEqual(0);
        expect(i.rsi14).toBeLessThanOrEqual(100);
        for (const score of [i.sentiment, i.signal]) expect(Math.abs(score)).toBeLessThanOrEqual(1);
      },
    ),
    { numRuns: 60 },
  );
});

test("only the last 120 candles count, and fewer are refused", () => {
  const history = Array.from({ length: 300 }, (_, i) => 100 + 10 * Math.sin(i / 7));
  const candles = candlesOf(history);
  expect(computeIndicators(candles)).toEqual(computeIndicators(candles.slice(-120)));
  expect(() => computeIndicators(candles.slice(-119))).toThrow("indicators need 120 closed candles, not 119");
});
