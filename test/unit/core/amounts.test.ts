/** A buy never costs more than its amount, and buys the largest quantity that keeps to it: in the core and in the ledger. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { checkOrders } from "../../../src/core/checks.ts";
import { fillOrders } from "../../../src/core/fills.ts";
import { type Rules, rulesSchema } from "../../../src/core/rules.ts";
import { exact } from "../../../src/ledger/decimals.ts";
import { fillOrder } from "../../../src/ledger/fill.ts";
import { checkOrders as checkAgain } from "../../../src/ledger/order-check.ts";
import { ledgerRules } from "../../../src/ledger/rules.ts";
import { equalWeight } from "../../../src/strategies/equal-weight.ts";
import { candlesOf, endOf, only, viewAt } from "../../support/strategies-market.ts";

const E8 = 100_000_000n;
/** Whole numbers of 1e-8. */
const money = (units: bigint) => `${units / E8}.${String(units % E8).padStart(8, "0")}`;
const units = (text: string) => BigInt(exact(text).times(exact("100000000")).toFixed(0));
const ceilDiv = (a: bigint, b: bigint) => (a + b - 1n) / b;

/** Numbers from 1e-9 to 1e9, each size equally often: four digits and a power of ten, in units of 1e-12. */
const price = fc
  .tuple(fc.bigInt(1000n, 9999n), fc.integer({ min: 0, max: 17 }))
  .map(([digits, zeros]) => digits * 10n ** BigInt(zeros));
const priceText = (units12: bigint) => `${units12 / 10n ** 12n}.${String(units12 % 10n ** 12n).padStart(12, "0")}`;
const amounts = fc.oneof(fc.bigInt(E8, 10n * E8), fc.bigInt(E8, 1000n * E8), fc.bigInt(E8, 10n ** 6n * E8));
const fees = fc.oneof(fc.constant(10n), fc.bigInt(0n, 9999n));
const given = (fee: bigint): Rules => rulesSchema.parse({ fee_bps: String(fee) });

/** What `quantity` costs, in units of 1e-8, rounded up: P′ is the price and 5 bps, the fee is rounded up by itself. */
function cost(quantity: bigint, price12: bigint, fee: bigint): bigint {
  // quantity × 1e-8 × price × 1e-12 × 10,005 × 1e-4: units of 1e-24.
  const notional = quantity * price12 * 10_005n;
  const feeUnits = ceilDiv(notional * fee, 10n ** 20n);
  return ceilDiv(notional, 10n ** 16n) + feeUnits;
}

const quoteOf = (mids: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries(mids).map(([symbol, mid]) => [symbol, { bid: mid, ask: mid, mid }]));

describe("a buy of an amount", () => {
  test("costs at most the amount, one unit more would exceed it, and the ledger agrees", () => {
    let exceeding = 0;
    fc.assert(
      fc.property(price, amounts, fc.bigInt(0n, 10n * E8), fees, (price12, amount, more, fee) => {
        const mid = priceText(price12);
        const rules = given(fee);
        const cash = money(amount + more);
        const order = { seq: 0, side: "buy" as const, symbol: "A", amount: money(amount) };
        const out = fillOrders({
          account: { cash, positions: {} },
          lots: [],
          orders: [order],
          round: 0,
          quote: quoteOf({ A: mid }),
          rules,
        });
        const [result] = out.results;
        const ledger = fillOrder(
          { cash: exact(cash), held: new Map() },
          { side: "buy", symbol: "A", amount: exact(order.amount) },
          { mid: exact(mid) },
          ledgerRules(rules),
        );
        if (result?.kind !== "filled") {
          expect(result).toMatchObject({ code: "trading.below_minimum" });
          expect(cost(1n, price12, fee) > amount).toBe(true);
          expect(ledger).toEqual({ kind: "refused", code: "trading.below_minimum" });
          return;
        }
        const quantity = units(result.quantity);
        // An earlier version bought the plain quotient, and its rounded-up fee could exceed the amount.
        const uncut = (amount * 10n ** 20n) / (price12 * 10_005n * (10_000n + fee));
        if (cost(uncut, price12, fee) > amount) exceeding += 1;
        expect(cost(quantity, price12, fee) <= amount).toBe(true);
        expect(cost(quantity + 1n, price12, fee) > amount).toBe(true);
        expect(units(result.cashChange)).toBe(-cost(quantity, price12, fee));
        expect(units(out.cash) >= more).toBe(true);
        if (ledger.kind !== "filled") throw new Error(`the ledger refuses it: ${ledger.code}`);
        expect([ledger.quantity.toFixed(), ledger.fee.toFixed(), ledger.cashAfter.toFixed()]).toEqual([
          ...[result.quantity, result.fee, out.cash],
        ]);
      }),
      { numRuns: 20_000, seed: 3 },
    );
    expect(exceeding).toBeGreaterThan(2000);
  });

  test("two orders for all the cash pass the check and fill, at any prices", () => {
    const share = fc.integer({ min: 1, max: 99 });
    const coins = fc.tuple(price, price);
    fc.assert(
      fc.property(coins, amounts, share, fees, (prices12, cash, percent, fee) => {
        const first = (cash * BigInt(percent)) / 100n;
        const prices = { A: priceText(prices12[0]), B: priceText(prices12[1]) };
        const rules = rulesSchema.parse({ fee_bps: String(fee), min_order: "0" });
        const account = { cash: money(cash), positions: {} };
        const orders = [
          { side: "buy" as const, symbol: "A", amount: money(first) },
          { side: "buy" as const, symbol: "B", amount: money(cash - first) },
        ];
        const checked = checkOrders({ account, orders, prices, rules, limits: null, symbols: ["A", "B"] });
        expect(checked.map(({ state }) => state)).toEqual(["open", "open"]);
        const rows = checked.map(({ seq, order }) => ({
          round: "r",
          entry: "e",
          seq,
          side: order.side,
          symbol: order.symbol,
          amount: order.amount,
          state: "open" as const,
          code: null,
          refused_at: null,
        }));
        const closes = new Map(Object.entries(prices).map(([symbol, text]) => [symbol, exact(text)]));
        const verdicts = checkAgain({
          holdings: { cash: exact(account.cash), held: new Map() },
          orders: rows,
          symbols: ["A", "B"],
          closes,
          rules: ledgerRules(rules),
          limits: null,
        });
        expect(verdicts.map(({ code }) => code)).toEqual([null, null]);
        const settled = fillOrders({
          account,
          lots: [],
          round: 0,
          quote: quoteOf(prices),
          rules,
          orders: checked.map(({ seq, order }) => ({ seq, ...order })),
        });
        settled.results.forEach((result, at) => {
          // A buy may be refused only if the coin is too dear for the smallest quantity.
          const spent = at === 0 ? first : cash - first;
          const dear = cost(1n, prices12[at] ?? 0n, fee) > spent;
          expect(result.kind).toBe(dear ? "refused" : "filled");
        });
        expect(units(settled.cash) >= 0n).toBe(true);
      }),
      { numRuns: 3000, seed: 5 },
    );
  });

  test("equal weight on two coins at 0.003 makes two trades and keeps less cash than any order costs", () => {
    const market = only(candlesOf(new Array<number>(130).fill(0.003)), "A");
    const symbols = ["A", "B"];
    const prices = { A: "0.003", B: "0.003" };
    const account = { cash: "500", positions: {} };
    const { orders } = equalWeight.decide(viewAt(market, endOf(market), { symbols, prices, account }));
    const rules = rulesSchema.parse({});
    const checked = checkOrders({ account, orders, prices, rules, limits: null, symbols });
    expect(checked.map(({ state, code }) => code ?? state)).toEqual(["open", "open"]);
    const settled = fillOrders({
      account,
      lots: [],
      round: 0,
      quote: quoteOf(prices),
      rules,
      orders: checked.map(({ seq, order }) => ({ seq, ...order })),
    });
    expect(settled.results.map(({ kind }) => kind)).toEqual(["filled", "filled"]);
    expect(Number(settled.cash)).toBeLessThan(0.000_001);
  });
});
