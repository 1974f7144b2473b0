/** Notes follow fills: an order becomes a trade only with its fill. Orders are sized by the tournament's minimum order. */
import { describe, expect, test } from "vitest";
import { checkOrders } from "../../../src/core/checks.ts";
import { rulesSchema } from "../../../src/core/rules.ts";
import { wholeView } from "../../../src/strategies/carried-view.ts";
import { Desk } from "../../../src/strategies/desk.ts";
import { strategies } from "../../../src/strategies/registry.ts";
import type { Choice, OrderFate, View } from "../../../src/strategies/strategy.ts";
import { candlesOf, endOf, only, viewAt } from "../../support/strategies-market.ts";

const BTC = "BTC-USDT";
const market = only(candlesOf(Array.from({ length: 130 }, (_, k) => 100 + 0.1 * (-1) ** k)));
const view = (rest: Partial<View> = {}) => viewAt(market, endOf(market), rest);
const limits = { risk_score: "1", max_position_share: "1", cash_reserve_share: "0", max_trades_per_round: 5 };
const holding = { cash: "400", positions: { [BTC]: "1" } };
const bought = { trades: { [BTC]: { side: "buy", round: 3, price: 80, why: "it was cheap" } } };

const fate = (rest: Partial<OrderFate>): OrderFate => ({
  round: 9,
  seq: 0,
  side: "sell",
  symbol: BTC,
  amount: "1",
  state: "filled",
  code: null,
  quantity: "1",
  price: "98.5",
  fee: "0.0985",
  cash_change: "98.4015",
  ...rest,
});
const unfilled = { quantity: null, price: null, fee: null, cash_change: null };

/** Sells its holding, buys, or holds, as the test says. */
function play(rest: Partial<View>, act: "sell" | "buy" | "hold", patience = { hold: 4, wait: 6 }) {
  const seen = view({ limits, ...rest });
  const desk = new Desk(seen, limits, patience);
  const [btc] = desk.market;
  if (btc === undefined) throw new Error("no market");
  const position = desk.position(btc);
  if (act === "sell") desk.sell(btc, 0.5, "it is dear");
  if (act === "buy") desk.buy(btc, 0.5, "it is cheap again");
  const choice = desk.choice("1 idle");
  return { choice, position, rested: desk.mayBuyAgain(BTC), ripe: position !== null && desk.isOldEnough(position) };
}
const tradeOf = ({ memory }: Choice) => (memory?.trades as Record<string, unknown> | undefined)?.[BTC];

describe("what a desk remembers", () => {
  test("right after an order the notes still name the trade that was filled before", () => {
    const { choice } = play({ round: 9, account: holding, memory: bought }, "sell");
    expect(choice.orders).toMatchObject([{ side: "sell", symbol: BTC }]);
    expect(tradeOf(choice)).toEqual(bought.trades[BTC]);
  });

  test.each([
    ["refused at its fill", { state: "refused", code: "trading.below_minimum" }],
    ["refused by the check", { state: "refused", code: "trading.insufficient_holding" }],
    ["dropped", { state: "dropped", code: null }],
    ["still open", { state: "open", code: null }],
  ] as const)("a sale that was %s leaves the position's gain and age, and the position is sold again", (_, what) => {
    const { choice } = play({ round: 9, account: holding, memory: bought }, "sell");
    const fills = [fate({ ...unfilled, ...what })];
    const next = play({ round: 10, account: holding, memory: choice.memory ?? {}, fills }, "sell");
    expect(next.position).toMatchObject({ age: 7 });
    expect(next.position?.gain).toBeCloseTo(Number(view().prices[BTC]) / 80 - 1, 10);
    expect(next.ripe).toBe(true);
    expect(next.choice.orders).toMatchObject([{ side: "sell" }]);
    expect(tradeOf(next.choice)).toEqual(bought.trades[BTC]);
  });

  test("a refused buy does not prevent a buy in the next round; a filled one does", () => {
    const cash = { cash: "500", positions: {} };
    const { choice } = play({ round: 9, account: cash }, "buy");
    const memory = choice.memory ?? {};
    const buy = { side: "buy" as const, amount: "250" };
    const refused = [fate({ ...buy, ...unfilled, state: "refused", code: "trading.below_minimum" })];
    expect(play({ round: 10, account: cash, memory, fills: refused }, "buy").choice.orders).toHaveLength(1);
    expect(play({ round: 10, account: cash, memory, fills: [fate(buy)] }, "buy").choice.orders).toEqual([]);
  });

  test("a fill is remembered with its own price and the reason of its order", () => {
    const { choice } = play({ round: 9, account: { cash: "500", positions: {} } }, "buy");
    const fills = [fate({ side: "buy", amount: "250", quantity: "0.4", price: "101.25", cash_change: "-40.5405" })];
    const account = { cash: "459.4595", positions: { [BTC]: "0.4" } };
    const next = play({ round: 10, account, memory: choice.memory ?? {}, fills }, "hold");
    expect(next.position).toMatchObject({ age: 1 });
    expect(next.position?.value).toBeCloseTo(0.4 * Number(view().prices[BTC]), 8);
    expect(next.position?.gain).toBeCloseTo(Number(view().prices[BTC]) / 101.25 - 1, 10);
    // The fills are shown only once, so a hold must keep the note.
    const note = { side: "buy", price: 101.25, round: 9, why: "it is cheap again" };
    expect(next.choice.memory).toEqual({ trades: { [BTC]: note } });
    const later = play({ round: 11, account, memory: next.choice.memory ?? {} }, "hold");
    expect(later.position).toMatchObject({ age: 2, gain: next.position?.gain });
    expect(later.choice.memory).toBeUndefined();
  });

  test("after a filled sale the symbol's waiting time counts from the round of the fill, also if rounds were missed", () => {
    const { choice } = play({ round: 9, account: holding, memory: bought }, "sell");
    const sold = { account: { cash: "498", positions: {} }, memory: choice.memory ?? {}, fills: [fate({})] };
    expect(play({ round: 14, ...sold }, "hold").rested).toBe(false);
    expect(play({ round: 15, ...sold }, "hold").rested).toBe(true);
  });

  test("in one round no symbol is ordered twice, and several orders keep their own reasons", () => {
    const symbols = ["A-X", "B-X"];
    const seen = view({ symbols, limits, round: 4, prices: { "A-X": "10", "B-X": "20" } });
    const { i } = new Desk(view(), limits, { hold: 0, wait: 0 }).market[0] ?? {};
    const indicators = i === undefined ? {} : { "A-X": i, "B-X": i };
    const desk = new Desk({ ...seen, indicators }, limits, { hold: 0, wait: 0 });
    const [a, b] = desk.market;
    if (a === undefined || b === undefined) throw new Error("no market");
    expect([desk.buy(a, 0.2, "first"), desk.buy(b, 0.2, "second"), desk.buy(a, 0.2, "again")]).toEqual([
      ...[true, true, false],
    ]);
    const fills = [
      fate({ ...unfilled, round: 4, side: "buy", symbol: "A-X", state: "refused", code: "trading.no_price" }),
      fate({ round: 4, seq: 1, side: "buy", symbol: "B-X", price: "20.01" }),
    ];
    const memory = desk.choice("").memory ?? {};
    const next = new Desk({ ...seen, indicators, round: 5, memory, fills }, limits, { hold: 3, wait: 3 });
    expect([next.mayBuyAgain("A-X"), next.mayBuyAgain("B-X")]).toEqual([true, false]);
    expect(next.choice("1 idle").memory).toEqual({
      trades: { "B-X": { side: "buy", price: 20.01, round: 4, why: "second" } },
    });
  });

  test("a view of older code, without fills and minimum order, is accepted", () => {
    const { fills: _, min_order: __, ...older } = view({ limits });
    for (const strategy of Object.values(strategies)) {
      expect(strategy.decide(wholeView(older))).toEqual(strategy.decide(view({ limits })));
    }
  });
});

describe("the minimum order", () => {
  test("at 20, a desk makes no order below it and sells nothing that is worth less", () => {
    const min_order = "20";
    const small = { ...limits, risk_score: "0.03" };
    const cash = { cash: "500", positions: {} };
    expect(play({ account: cash, min_order, limits: small }, "buy").choice.orders).toEqual([]);
    expect(play({ account: cash, min_order: "7", limits: small }, "buy").choice.orders).toHaveLength(1);
    const dust = { cash: "0", positions: { [BTC]: "0.2" } };
    expect(play({ account: dust, min_order }, "sell").position).toBeNull();
    expect(play({ account: dust, min_order: "19" }, "sell").choice.orders).toHaveLength(1);
  });

  test("at 0 or a thousandth, small amounts are traded, and an amount of zero is not", () => {
    for (const min_order of ["0", "0.001"]) {
      const account = { cash: "0.5", positions: { [BTC]: "0.001" } };
      expect(play({ account, min_order }, "buy").choice.orders).toHaveLength(1);
      expect(play({ account, min_order }, "sell").choice.orders).toHaveLength(1);
      const nothing = { account: { cash: "0", positions: {} }, min_order };
      expect(play(nothing, "buy").choice.orders).toEqual([]);
      expect(play(nothing, "sell").choice.orders).toEqual([]);
    }
  });

  const symbols = ["A-X", "B-X"];
  const prices = { "A-X": "10", "B-X": "20" };
  const params = { symbol: "A-X" };
  test.each(["equal_weight", "buy_and_hold", "random"] as const)("%s keeps to any minimum order", (key) => {
    for (const [min_order, cash] of [
      ...[
        ["20", "39.99"],
        ["20", "19.99"],
        ["20", "40"],
        ["0", "0"],
        ["0", "0.5"],
        ["0.1", "0.3"],
      ],
      ...[
        ["0.000000000001", "0.00000002"],
        ["1", "1.5"],
      ],
    ] as const) {
      const rules = rulesSchema.parse({ min_order });
      for (let n = 0; n < 60; n++) {
        const account = { cash, positions: n % 2 === 0 ? {} : { "B-X": "0.9" } };
        const { orders } = strategies[key].decide(
          view({ symbols, prices, params, account, min_order, seed: `s${n}`, round: n }),
        );
        const checked = checkOrders({ account, orders, prices, rules, limits: null, symbols });
        expect(checked.map(({ code }) => code ?? null)).toEqual(orders.map(() => null));
      }
    }
    const rich = view({ symbols, prices, params, account: { cash: "0.5", positions: {} }, min_order: "0.1" });
    if (key !== "random") expect(strategies[key].decide(rich).orders).not.toEqual([]);
    const poor = view({ symbols, prices, params, account: { cash: "19", positions: {} }, min_order: "20" });
    expect(strategies[key].decide(poor).orders).toEqual([]);
  });
});

test("equal weight buys again only the symbols whose buy was refused at the fill", () => {
  const symbols = ["A-X", "B-X", "C-X"];
  const prices = { "A-X": "1", "B-X": "2", "C-X": "3" };
  const account = { cash: "334.5", positions: { "A-X": "166" } };
  const refused = { ...unfilled, side: "buy" as const, state: "refused" as const, code: "trading.no_price" };
  const fills = [
    fate({ side: "buy", symbol: "A-X" }),
    fate({ ...refused, seq: 1, symbol: "B-X" }),
    fate({ ...refused, seq: 2, symbol: "C-X" }),
  ];
  const again = strategies.equal_weight.decide(view({ symbols, prices, account, fills }));
  expect(again.orders.map(({ symbol, amount }) => [symbol, amount])).toEqual([
    ["B-X", "167.25"],
    ["C-X", "167.25"],
  ]);
  expect(strategies.equal_weight.decide(view({ symbols, prices, account })).orders).toEqual([]);
});
