import { describe, expect, test } from "vitest";
import { strategies, strategyOfType } from "../../../src/strategies/registry.ts";
import { type Choice, type StrategyType, strategyTypes, type View } from "../../../src/strategies/strategy.ts";
import { candlesOf, endOf, only, viewAt } from "../../support/strategies-market.ts";

const BTC = "BTC-USDT";
const calm = (count: number) => Array.from({ length: count }, (_, k) => 100 + 0.1 * (-1) ** k);
/** A calm market that then moves by `step` a candle, with the same wiggle. */
const moves = (count: number, step: number) => [
  ...calm(130 - count),
  ...Array.from({ length: count }, (_, k) => 100 + (k + 1) * step + 0.1 * (-1) ** k),
];
const rally = moves(20, 0.15);
const slump = moves(20, -0.15);
const drift = Array.from({ length: 130 }, (_, k) => 100 + 0.03 * k - 0.15 * (-1) ** k);
const wave = (last: number) =>
  Array.from({ length: 130 }, (_, k) => 100 + Math.sin(((k - 129 + last) / 40) * 2 * Math.PI));

/** Closes on which each type buys, and on which it sells. */
const paths: Readonly<Record<StrategyType, { readonly entry: readonly number[]; readonly exit: readonly number[] }>> = {
  conservative: { entry: drift, exit: slump },
  aggressive: { entry: moves(2, 0.4), exit: slump },
  balanced: { entry: rally, exit: calm(130) },
  contrarian: { entry: slump, exit: rally },
  sentiment: { entry: rally, exit: slump },
  trend_following: { entry: rally, exit: slump },
  momentum: { entry: rally, exit: slump },
  value: { entry: slump, exit: rally },
  swing: { entry: wave(31), exit: wave(10) },
  mean_reversion: { entry: moves(2, -0.8), exit: rally },
};
const held = "3.12345678";

function decide(type: StrategyType, closes: readonly number[], rest: Partial<View> = {}): Choice {
  const volumes = closes.map((_, i) => (i === closes.length - 1 ? 2 : 1));
  const market = only(candlesOf(closes, volumes));
  return strategyOfType(type).decide(viewAt(market, endOf(market), { round: 100, ...rest }));
}
const note = (side: "buy" | "sell", round: number) => ({ trades: { [BTC]: { side, round, price: 100, why: "" } } });

describe.each(strategyTypes)("%s", (type) => {
  const { entry, exit } = paths[type];

  test("buys on its signal, and its reasoning names the numbers and the amount", () => {
    const choice = decide(type, entry);
    expect(choice.orders).toMatchObject([{ side: "buy", symbol: BTC }]);
    const amount = choice.orders[0]?.amount ?? "";
    expect(amount).toMatch(/^\d+(\.\d{1,8})?$/);
    expect(choice.reasoning).toContain(`buying ${Number(amount).toFixed(2)} of ${BTC}`);
    expect(choice.reasoning.match(/\d/g)?.length).toBeGreaterThan(6);
    expect(choice.memory).toMatchObject({ trades: {}, ordered: { round: 100, why: [expect.stringMatching(/\d/)] } });
  });

  test("sells all when its signal is over, and says why", () => {
    const account = { cash: "10", positions: { [BTC]: held } };
    const choice = decide(type, exit, { account, memory: note("buy", 60) });
    expect(choice.orders).toMatchObject([{ side: "sell", symbol: BTC }]);
    const [order] = choice.orders;
    // Balanced sells only the excess; the others sell all.
    if (type === "balanced") expect(Number(order?.amount)).toBeLessThan(Number(held));
    else expect(order?.amount).toBe(held);
    expect(choice.reasoning).toMatch(/\d.*: selling \d/);
  });

  test("does not buy back at once after a sale, nor again right after a buy", () => {
    expect(decide(type, entry, { memory: note("sell", 98) }).orders).toEqual([]);
    expect(decide(type, entry, { memory: note("buy", 99) }).orders).toEqual([]);
  });

  test("holds in a flat market, and says what it saw", () => {
    const choice = decide(type, new Array<number>(130).fill(100));
    if (type === "balanced") expect(choice.orders).toMatchObject([{ side: "buy" }]);
    else expect(choice.orders).toEqual([]);
    const settled = decide(type, new Array<number>(130).fill(100), {
      account: { cash: "250", positions: { [BTC]: "2.5" } },
      memory: note("buy", 0),
    });
    // The price is at the middle band, so for mean reversion the dip is over.
    if (type === "mean_reversion") return expect(settled.orders).toMatchObject([{ side: "sell", amount: "2.5" }]);
    expect(settled.orders).toEqual([]);
    expect(settled.memory).toBeUndefined();
    expect(settled.reasoning).toMatch(/\d.*holding/);
  });

  test("an account without cash or with tiny holdings, or a market without candles, gives no order and no error", () => {
    for (const closes of [entry, exit]) {
      expect(decide(type, closes, { account: { cash: "0", positions: {} } }).orders).toEqual([]);
      expect(decide(type, closes, { account: { cash: "0.99", positions: { [BTC]: "0.00000001" } } }).orders).toEqual(
        [],
      );
      const blind = decide(type, closes, { symbols: [BTC, "ETH-USDT"], prices: {}, indicators: {} });
      expect(blind).toMatchObject({ orders: [], reasoning: "Candles of 0 of 2 symbols seen: holding." });
      expect(decide(type, closes, { symbols: [] }).orders).toEqual([]);
    }
  });

  test("a foreign or broken memory does no harm", () => {
    for (const memory of [{ trades: 7 }, { trades: null }, { trades: { [BTC]: { side: "up" } } }, note("buy", 5000)]) {
      expect(decide(type, entry, { memory })).toEqual(decide(type, entry));
    }
  });

  test("makes no order when its limits allow no trades", () => {
    const limits = { risk_score: "1", max_position_share: "1", cash_reserve_share: "0", max_trades_per_round: 0 };
    expect(decide(type, entry, { limits }).orders).toEqual([]);
  });
});

test("a buy is total × min(0.5, risk × confidence), and no more than position and reserve allow", () => {
  const wide = { risk_score: "1", max_position_share: "1", cash_reserve_share: "0", max_trades_per_round: 1 };
  const amount = (limits: View["limits"]) => Number(decide("sentiment", rally, { limits }).orders[0]?.amount);
  expect(amount(wide)).toBe(250);
  const { orders } = decide("sentiment", rally, { limits: { ...wide, risk_score: "0.4" } });
  expect(Number(orders[0]?.amount)).toBeCloseTo(500 * 0.4 * (orders[0]?.confidence ?? 0), 8);
  expect(amount({ ...wide, max_position_share: "0.1" })).toBe(50);
  expect(amount({ ...wide, cash_reserve_share: "0.9" })).toBe(50);
});

describe("baselines", () => {
  const market = only(candlesOf(rally));
  const view = (rest: Partial<View>) => viewAt(market, endOf(market), rest);

  test("cash never trades", () => {
    expect(strategies.cash.decide(view({}))).toMatchObject({ orders: [], reasoning: "Keeps 500 in cash, always." });
  });

  test("buy and hold spends all its cash on its symbol, once", () => {
    const params = { symbol: BTC };
    const first = strategies.buy_and_hold.decide(view({ params, account: { cash: "500.12345678", positions: {} } }));
    expect(first.orders).toMatchObject([{ side: "buy", symbol: BTC, amount: "500.12345678" }]);
    const account = { cash: "3", positions: { [BTC]: "4.5" } };
    expect(strategies.buy_and_hold.decide(view({ params, account, round: 9 })).orders).toEqual([]);
    for (const other of [{}, { symbol: "NONE" }, { symbol: 7 }, { symbol: "__proto__" }]) {
      expect(strategies.buy_and_hold.decide(view({ params: other })).orders).toEqual([]);
    }
  });

  test("equal weight buys equal parts of what has a price, once", () => {
    const symbols = ["A-X", "B-X", "C-X", "D-X"];
    const prices = { "A-X": "1", "B-X": "2", "C-X": "3" };
    const first = strategies.equal_weight.decide(view({ symbols, prices }));
    expect(first.orders.map((order) => [order.symbol, order.amount])).toEqual([
      ["A-X", "166.66666666"],
      ["B-X", "166.66666666"],
      ["C-X", "166.66666666"],
    ]);
    const account = { cash: "100", positions: { "A-X": "1" } };
    expect(strategies.equal_weight.decide(view({ symbols, prices, account })).orders).toEqual([]);
    expect(
      strategies.equal_weight.decide(view({ symbols, prices, account: { cash: "2", positions: {} } })).orders,
    ).toEqual([]);
  });

  test("random depends on its seed alone, trades in about a tenth of the rounds, and keeps to its account", () => {
    const choices = Array.from({ length: 500 }, (_, i) => strategies.random.decide(view({ seed: `s${i}` })));
    expect(choices).toEqual(
      Array.from({ length: 500 }, (_, i) => strategies.random.decide(view({ seed: `s${i}`, round: i }))),
    );
    const buys = choices.flatMap((choice) => choice.orders);
    expect(buys.length).toBeGreaterThan(25);
    expect(buys.length).toBeLessThan(85);
    for (const buy of buys) expect(Number(buy.amount)).toBeLessThanOrEqual(250);
    const account = { cash: "0", positions: { [BTC]: held } };
    const sales = Array.from({ length: 100 }, (_, i) =>
      strategies.random.decide(view({ seed: `s${i}`, account })),
    ).flatMap((choice) => choice.orders);
    expect(new Set(sales.map((sale) => `${sale.side} ${sale.amount}`))).toEqual(new Set([`sell ${held}`]));
  });
});
