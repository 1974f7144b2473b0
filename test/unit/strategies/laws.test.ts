import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Candle } from "../../../src/core/candle.ts";
import { checkOrders } from "../../../src/core/checks.ts";
import { limits as caps } from "../../../src/core/limits.ts";
import { defaultField } from "../../../src/strategies/default-field.ts";
import { strategies } from "../../../src/strategies/registry.ts";
import { type Strategy, strategyTypes, type View } from "../../../src/strategies/strategy.ts";
import {
  candleFolder,
  INTERVAL_MS,
  type Market,
  readMarket,
  replay,
  rules,
  START_MS,
  viewAt,
  walk,
} from "../../support/strategies-market.ts";

const symbols = ["BTC-USDT", "ETH-USDT", "SOL-USDT"];
const everyone: readonly Strategy[] = Object.values(strategies);
const CANDLES = 200;

const markets = fc.string({ minLength: 1, maxLength: 8 }).map(
  (seed): Market => ({
    symbols,
    candles: Object.fromEntries(symbols.map((symbol) => [symbol, walk(`${seed}/${symbol}`, CANDLES)])),
  }),
);
const quantity = fc.double({ min: 0, max: 3, noNaN: true }).map((value) => value.toFixed(8));
const notes = fc.record({
  side: fc.constantFrom("buy", "sell"),
  round: fc.integer({ min: 0, max: 200 }),
  price: fc.double({ min: 50, max: 200, noNaN: true }),
  why: fc.string(),
});
const share = fc.integer({ min: 0, max: 100 }).map((percent) => (percent / 100).toFixed(2));
const rests = fc.record({
  account: fc.record({
    cash: fc.double({ min: 0, max: 1000, noNaN: true }).map((value) => value.toFixed(8)),
    positions: fc.dictionary(fc.constantFrom(...symbols), quantity),
  }),
  memory: fc.record({ trades: fc.dictionary(fc.constantFrom(...symbols), notes) }),
  params: fc.constant({ symbol: "ETH-USDT" }),
  seed: fc.string({ minLength: 1 }),
});
const rounds = fc.integer({ min: 0, max: CANDLES - 120 });
const dueAt = (round: number) => START_MS + (120 + round) * INTERVAL_MS;

/** The market as it was known at `due`, and a market with nonsense candles after that time. */
function pasts(market: Market, due: number): readonly Market[] {
  const known = (candle: Candle) => candle.openAt + INTERVAL_MS <= due;
  const change = (make: (candle: Candle) => readonly Candle[]): Market => ({
    symbols: market.symbols,
    candles: Object.fromEntries(Object.entries(market.candles).map(([symbol, all]) => [symbol, all.flatMap(make)])),
  });
  const nonsense = { open: "1", high: "1000000", low: "0.01", close: "900000", volume: "1000000000" };
  return [
    change((candle) => (known(candle) ? [candle] : [])),
    change((candle) => [known(candle) ? candle : { ...candle, ...nonsense }]),
  ];
}

function expectNoLookAhead(market: Market, due: number, rest: Partial<View>): void {
  const changed = pasts(market, due);
  for (const strategy of everyone) {
    const view = { ...rest, limits: strategy.limits };
    const decided = strategy.decide(viewAt(market, due, view));
    for (const past of changed) expect(strategy.decide(viewAt(past, due, view)), strategy.key).toEqual(decided);
  }
}

test("cutting or changing the data after a round's due time never changes its decision", () => {
  fc.assert(
    fc.property(markets, rounds, rests, (market, round, rest) => {
      expectNoLookAhead(market, dueAt(round), { ...rest, round });
    }),
    { numRuns: 40 },
  );
});

test("the checks refuse no order of a contestant, whatever its account, limits and memory", () => {
  const limitsOf = fc.record({
    risk_score: share,
    max_position_share: share,
    cash_reserve_share: share,
    max_trades_per_round: fc.integer({ min: 0, max: 4 }),
  });
  let orders = 0;
  fc.assert(
    fc.property(markets, rounds, rests, limitsOf, (market, round, rest, limits) => {
      const view = viewAt(market, dueAt(round), { ...rest, round, limits });
      const { account, prices } = view;
      for (const type of strategyTypes) {
        const choice = strategies[type].decide(view);
        orders += choice.orders.length;
        const checked = checkOrders({ account, orders: choice.orders, prices, rules, limits, symbols });
        expect(
          checked.flatMap((order) => order.code ?? []),
          type,
        ).toEqual([]);
        for (const order of choice.orders) expect(order.amount).toMatch(/^\d+(\.\d{1,8})?$/);
      }
    }),
    { numRuns: 120 },
  );
  expect(orders).toBeGreaterThan(20);
});

test("a choice is the same each time, its reasoning has numbers, and it fits its columns", () => {
  const many = Array.from({ length: 60 }, (_, i) => `LONG-SYMBOL-NAME-NUMBER-${i}-USDT`);
  const market: Market = {
    symbols: many,
    candles: Object.fromEntries(many.map((symbol) => [symbol, walk(symbol, 140)])),
  };
  const limits = { risk_score: "1", max_position_share: "0.02", cash_reserve_share: "0", max_trades_per_round: 100 };
  for (const strategy of everyone) {
    const trades = Object.fromEntries(
      many.map((symbol, i) => [symbol, { side: "sell", round: i - 100, price: 1 / 3, why: "w".repeat(90) }]),
    );
    const view = viewAt(market, dueAt(20), { limits, memory: { trades }, params: { symbol: many[0] } });
    const choice = strategy.decide(view);
    expect(strategy.decide(view)).toEqual(choice);
    expect(choice.reasoning).toMatch(/\d/);
    expect(choice.reasoning.length).toBeLessThanOrEqual(1000);
    expect(choice.confidence).toBeGreaterThanOrEqual(0);
    expect(choice.confidence).toBeLessThanOrEqual(1);
    expect(JSON.stringify(choice.memory ?? {}).length).toBeLessThan(caps.memoryBytesMax);
  }
});

if (candleFolder === undefined) {
  console.warn("Strategies on real candles: skipped. Set AGONUS_CANDLES to a folder of SYMBOL-QUOTE.5m.csv files.");
}

describe.skipIf(candleFolder === undefined)("on real candles", () => {
  const traded = ["BTC-USDT", "ETH-USDT", "SOL-USDT", "BNB-USDT", "XRP-USDT", "DOGE-USDT"];
  const market = candleFolder === undefined ? { symbols: [], candles: {} } : readMarket(candleFolder, traded);

  test("cutting the data after a round's due time never changes its decision", () => {
    const account = { cash: "250", positions: { "BTC-USDT": "0.001", "SOL-USDT": "1" } };
    for (let round = 0; round < 3800; round += 380) expectNoLookAhead(market, dueAt(round), { account, round });
  });

  test("the field plays 288 rounds: every contestant trades, but not too often, no order is refused, and their trades differ", () => {
    const field = defaultField(traded).map(({ name, strategy, config: { limits = null, params = {} } }) => ({
      name,
      strategy: strategies[strategy],
      limits,
      params,
    }));
    const types = strategyTypes.map((type) => ({
      name: type,
      strategy: strategies[type],
      limits: strategies[type].limits,
    }));
    const outcomes = replay(market, [...field, ...types], 288);
    for (const { name, trades, busyRounds, refused, reasonings } of outcomes) {
      expect(refused, name).toEqual([]);
      expect(busyRounds, name).toBeLessThan(0.3 * 288);
      expect(
        reasonings.every((reasoning) => /\d/.test(reasoning)),
        name,
      ).toBe(true);
      if (name === "Cash") expect(trades).toBe(0);
      else if (name.startsWith("Buy and hold")) expect(trades).toBe(1);
      else expect(trades, name).toBeGreaterThanOrEqual(6);
    }
    const distinct = new Set(outcomes.slice(0, field.length).map((outcome) => outcome.equity));
    expect(distinct.size).toBe(field.length);
  });
});
