import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Account, Lot, Quote } from "../../../src/core/account.ts";
import { equityOf } from "../../../src/core/equity.ts";
import { type AcceptedOrder, type FillResult, fillOrders } from "../../../src/core/fills.ts";
import { bps, type Decimal, decimal, divide, divideCeil8, divideFloor8, ONE, ZERO } from "../../../src/core/money.ts";
import { type Rules, rulesSchema } from "../../../src/core/rules.ts";

const rules = rulesSchema.parse({});
const free = rulesSchema.parse({ fee_bps: 0, half_spread_bps: 0, slippage_bps: 0, min_order: "0" });
const quoteOf = (mids: Record<string, string>): Quote =>
  Object.fromEntries(Object.entries(mids).map(([symbol, mid]) => [symbol, { bid: mid, ask: mid, mid }]));
const fill = (
  account: Account,
  orders: readonly AcceptedOrder[],
  mids: Record<string, string>,
  more: { lots?: readonly Lot[]; rules?: Rules; round?: number } = {},
) => fillOrders({ account, orders, quote: quoteOf(mids), lots: [], round: 7, rules, ...more });
const buy = (amount: string, seq = 0, symbol = "A"): AcceptedOrder => ({ seq, side: "buy", symbol, amount });
const sell = (amount: string, seq = 0, symbol = "A"): AcceptedOrder => ({ seq, side: "sell", symbol, amount });
const filled = (result: FillResult | undefined) => {
  if (result?.kind !== "filled") throw new Error(`not filled: ${JSON.stringify(result)}`);
  return result;
};

describe("the arithmetic", () => {
  test("a buy spends its amount with the fee inside, at the mid and half the spread and slippage", () => {
    const out = fill({ cash: "500", positions: {} }, [buy("100")], { A: "100" });
    // P′ = 100.05; 100 / (100.05 × 1.001) = 0.99850174788…; fee = ceil8(0.0999000999…)
    expect(out.results).toEqual([
      {
        seq: 0,
        kind: "filled",
        quantity: "0.99850174",
        price: "100.05",
        fee: "0.0999001",
        cashChange: "-99.99999919",
        realizedProfit: null,
      },
    ]);
    expect(out.cash).toBe("400.00000081");
    expect(out.positions).toEqual({ A: "0.99850174" });
    expect(out.lots).toEqual([{ symbol: "A", round: 7, seq: 0, quantity: "0.99850174", cost: "99.99999919" }]);
  });

  test("a sell gets the mid less half the spread and slippage, less the fee", () => {
    const lots = [{ symbol: "A", round: 1, seq: 0, quantity: "2.00000000", cost: "180.00000000" }];
    const out = fill({ cash: "1.00000000", positions: { A: "2.00000000" } }, [sell("0.5")], { A: "100" }, { lots });
    // P′ = 99.95; 49.975 − ceil8(0.049975)
    expect(out.results).toEqual([
      {
        seq: 0,
        kind: "filled",
        quantity: "0.5",
        price: "99.95",
        fee: "0.049975",
        cashChange: "49.925025",
        realizedProfit: "4.925025",
      },
    ]);
    expect(out.cash).toBe("50.925025");
    expect(out.positions).toEqual({ A: "1.5" });
    expect(out.lots).toEqual([{ symbol: "A", round: 1, seq: 0, quantity: "1.5", cost: "135" }]);
  });

  test("a buy is cut to the cash and a sell to the holding", () => {
    const out = fill({ cash: "100", positions: { B: "0.5" } }, [buy("120"), sell("9", 1, "B")], { A: "10", B: "10" });
    expect(filled(out.results[0]).cashChange).toMatch(/^-(99\.9999|100$)/);
    expect(filled(out.results[1]).quantity).toBe("0.5");
    expect(out.positions).not.toHaveProperty("B");
  });

  test("orders fill by their sequence, each on what the ones before it leave", () => {
    const out = fill({ cash: "50", positions: { A: "1" } }, [buy("100", 1, "B"), sell("1", 0)], { A: "100", B: "1" });
    expect(out.results.map((r) => r.seq)).toEqual([0, 1]);
    expect(filled(out.results[1]).cashChange).toMatch(/^-(99\.9999|100$)/);
  });

  test("a fill that can't be made is refused with its code and changes nothing", () => {
    const account = { cash: "0.5", positions: { A: "0.001" } };
    const orders = [buy("5", 0), sell("1", 1), sell("1", 2, "B"), buy("1", 3, "C"), buy("1", 4, "toString")];
    const out = fill(account, orders, { A: "100", B: "1" });
    expect(out.results.map((r) => (r.kind === "refused" ? r.code : r.kind))).toEqual([
      "trading.below_minimum",
      "trading.below_minimum",
      "trading.insufficient_holding",
      "trading.no_price",
      "trading.no_price",
    ]);
    expect({ cash: out.cash, positions: out.positions }).toEqual(account);
    const broke = fill({ cash: "0.00000000", positions: {} }, [buy("5")], { A: "1" });
    expect(broke.results).toEqual([{ seq: 0, kind: "refused", code: "trading.insufficient_cash" }]);
    // Too dear for a quantity of 8 places.
    const dear = fill({ cash: "1", positions: {} }, [buy("1")], { A: "1000000000" });
    expect(dear.results).toEqual([{ seq: 0, kind: "refused", code: "trading.below_minimum" }]);
  });

  test("values that floats get wrong stay exact", () => {
    const sum = fill({ cash: "0.1", positions: { A: "0.2" } }, [sell("0.2")], { A: "1" }, { rules: free });
    expect(sum.cash).toBe("0.3");
    const huge = fill(
      { cash: "9007199254740993.00000001", positions: { A: "1" } },
      [sell("1")],
      { A: "0.00000001" },
      { rules: free },
    );
    expect(huge.cash).toBe("9007199254740993.00000002");
    const held = fill(
      { cash: "1", positions: { A: "9007199254740993.00000001" } },
      [buy("0.00000001")],
      { A: "1" },
      { rules: free },
    );
    expect(held.positions).toEqual({ A: "9007199254740993.00000002" });
    expect(equityOf({ cash: "0.1", positions: { A: "0.2" } }, { A: "1" })).toBe("0.3");
  });
});

describe("lots", () => {
  test("a sell closes the oldest lots first, in whatever order the rows come, and no lot of another symbol", () => {
    const lots = [
      { symbol: "A", round: 3, seq: 0, quantity: "1", cost: "30" },
      { symbol: "A", round: 1, seq: 1, quantity: "1", cost: "20" },
      { symbol: "B", round: 0, seq: 0, quantity: "1", cost: "99" },
      { symbol: "A", round: 1, seq: 0, quantity: "1", cost: "10" },
    ];
    const out = fill({ cash: "0", positions: { A: "3", B: "1" } }, [sell("1.5")], { A: "40" }, { lots, rules: free });
    expect(filled(out.results[0]).realizedProfit).toBe("40");
    expect(out.lots).toEqual([
      { symbol: "B", round: 0, seq: 0, quantity: "1", cost: "99" },
      { symbol: "A", round: 1, seq: 1, quantity: "0.5", cost: "10" },
      { symbol: "A", round: 3, seq: 0, quantity: "1", cost: "30" },
    ]);
  });

  test("a part of a lot costs its share rounded down, and the lot keeps the rest", () => {
    const lots = [{ symbol: "A", round: 1, seq: 0, quantity: "3", cost: "10" }];
    const out = fill({ cash: "0", positions: { A: "3" } }, [sell("1")], { A: "10" }, { lots, rules: free });
    expect(filled(out.results[0]).realizedProfit).toBe("6.66666667");
    expect(out.lots[0]?.cost).toBe("6.66666667");
  });
});

describe("laws", () => {
  const units = (max: number) => fc.bigInt(1n, BigInt(max)).map(unitText);
  const symbols = ["A", "B", "C"];
  const mids = fc.record({ A: units(1e15), B: units(1e10), C: units(1e5) });
  const order = fc.record({
    side: fc.constantFrom("buy" as const, "sell" as const),
    symbol: fc.constantFrom(...symbols),
    amount: fc.oneof(units(1e8), units(1e11), units(1e14)),
  });
  const anyRules = fc
    .record({
      fee_bps: fc.integer({ min: 0, max: 9999 }),
      half_spread_bps: fc.integer({ min: 0, max: 4999 }),
      slippage_bps: fc.constantFrom(0, 3, 4999),
      min_order: fc.constantFrom("0", "1"),
    })
    .map((given) => rulesSchema.parse(given));
  const rounds = fc.array(fc.record({ mids, orders: fc.array(order, { maxLength: 8 }) }), { maxLength: 8 });

  function unitText(count: bigint): string {
    return `${count / 100_000_000n}.${String(count % 100_000_000n).padStart(8, "0")}`;
  }
  const sumOf = (texts: readonly string[]): Decimal => texts.reduce((sum, t) => sum.plus(decimal(t)), ZERO);

  test("cash is never negative, lots are the positions, and no rounding favours the agent", () => {
    fc.assert(
      fc.property(units(1e12), anyRules, rounds, (cash, given, played) => {
        let account: Account = { cash, positions: {} };
        let lots: readonly Lot[] = [];
        let profit = ZERO;
        played.forEach(({ mids: at, orders }, round) => {
          const numbered = orders.map((o, seq) => ({ ...o, seq }));
          const out = fill(account, numbered, at, { lots, rules: given, round });
          let before = decimal(account.cash);
          for (const result of out.results) {
            if (result.kind !== "filled") continue;
            const placed = numbered[result.seq];
            if (!placed) throw new Error("no such order");
            againstTheAgent(given, placed, new Map(Object.entries(at)).get(placed.symbol) ?? "0", result, before);
            before = before.plus(decimal(result.cashChange));
            if (result.realizedProfit !== null) profit = profit.plus(decimal(result.realizedProfit));
          }
          expect(before.eq(decimal(out.cash))).toBe(true);
          account = { cash: out.cash, positions: out.positions };
          lots = out.lots;
          expect(decimal(account.cash).gte(ZERO)).toBe(true);
          for (const symbol of symbols) {
            const own = lots.filter((lot) => lot.symbol === symbol);
            expect(sumOf(own.map((lot) => lot.quantity)).eq(decimal(account.positions[symbol] ?? "0"))).toBe(true);
            expect(own.every((lot) => decimal(lot.quantity).gt(ZERO) && decimal(lot.cost).gte(ZERO))).toBe(true);
          }
          // Conservation: the starting cash is now cash, cost of holdings, or a realized loss or profit.
          const total = decimal(account.cash).plus(sumOf(lots.map((lot) => lot.cost)));
          expect(total.minus(profit).toFixed()).toBe(decimal(cash).toFixed());
        });
      }),
      { numRuns: 300 },
    );
  });

  function againstTheAgent(
    given: Rules,
    placed: AcceptedOrder,
    midText: string,
    result: Extract<FillResult, { kind: "filled" }>,
    cash: Decimal,
  ) {
    const mid = decimal(midText);
    const move = bps(given.half_spread_bps).plus(bps(given.slippage_bps));
    const notional = decimal(result.quantity).times(decimal(result.price));
    const exactFee = notional.times(bps(given.fee_bps));
    const fee = decimal(result.fee);
    const change = decimal(result.cashChange);
    expect(fee.gte(exactFee)).toBe(true);
    if (placed.side === "buy") {
      expect(decimal(result.price).eq(mid.times(ONE.plus(move)))).toBe(true);
      expect(change.lte(ZERO.minus(notional).minus(fee))).toBe(true);
      expect(notional.plus(fee).lte(decimal(placed.amount))).toBe(true);
      expect(ZERO.minus(change).lte(decimal(placed.amount))).toBe(true);
      expect(change.plus(cash).gte(ZERO)).toBe(true);
    } else {
      expect(decimal(result.price).eq(mid.times(ONE.minus(move)))).toBe(true);
      expect(change.lte(notional.minus(fee))).toBe(true);
      expect(decimal(result.quantity).lte(decimal(placed.amount))).toBe(true);
    }
    for (const value of [result.quantity, result.fee, result.cashChange, result.realizedProfit ?? "0"]) {
      expect(value).toMatch(/^-?\d+(\.\d{0,7}[1-9])?$/);
    }
  }

  test("where the rounded-up fee exceeds the amount, the quantity is the same as by stepping down 1e-8 at a time", () => {
    let cuts = 0;
    fc.assert(
      fc.property(units(1e9), units(2e8), fc.integer({ min: 1, max: 9999 }), (cash, mid, fee_bps) => {
        const costs = rulesSchema.parse({ fee_bps, half_spread_bps: 0, slippage_bps: 0, min_order: "0" });
        const price = decimal(mid);
        const have = decimal(cash);
        const rate = bps(costs.fee_bps);
        const left = (quantity: Decimal) =>
          have.minus(quantity.times(price)).minus(quantity.times(price).times(rate).round(8, 3));
        let quantity = divideFloor8(have, price.times(ONE.plus(rate)));
        const uncut = quantity;
        for (let step = 0; left(quantity).lt(ZERO); step++) {
          if (step > 2000) return;
          quantity = quantity.minus(decimal("0.00000001"));
        }
        if (!quantity.eq(uncut)) cuts += 1;
        const result = fill({ cash, positions: {} }, [buy(cash)], { A: mid }, { rules: costs }).results[0];
        expect(result?.kind === "filled" ? result.quantity : "0").toBe(quantity.gt(ZERO) ? quantity.toFixed() : "0");
      }),
      { numRuns: 2000, seed: 1 },
    );
    expect(cuts).toBeGreaterThan(5);
  });

  test("a coin of 1e-8 is filled without stepping", () => {
    const out = fill({ cash: "100.00000001", positions: {} }, [buy("100.00000001")], { A: "0.00000001" });
    expect(decimal(out.cash).gte(ZERO)).toBe(true);
    expect(out.results[0]?.kind).toBe("filled");
  });

  test("a quotient to 8 places does not change the precision of other divisions, even when it throws", () => {
    divideFloor8(ONE, decimal("3"));
    expect(() => divideFloor8(ONE, ZERO)).toThrow();
    divideCeil8(ONE, decimal("3"));
    expect(() => divideCeil8(ONE, ZERO)).toThrow();
    expect(divide(ONE, decimal("3")).toFixed()).toBe(`0.${"3".repeat(40)}`);
  });

  test("the quotient to 8 places is the exact one rounded down, or up", () => {
    fc.assert(
      fc.property(fc.bigInt(0n, 10n ** 30n), fc.bigInt(1n, 10n ** 30n), (a, b) => {
        const quotient = divideFloor8(decimal(unitText(a)), decimal(unitText(b)));
        expect(quotient.toFixed(8)).toBe(unitText((a * 100_000_000n) / b));
        const above = divideCeil8(decimal(unitText(a)), decimal(unitText(b)));
        expect(above.toFixed(8)).toBe(unitText((a * 100_000_000n + b - 1n) / b));
      }),
    );
  });
});
