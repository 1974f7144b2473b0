import fc from "fast-check";
import { expect, test } from "vitest";
import type { Account, Lot } from "../../../src/core/account.ts";
import { checkOrders } from "../../../src/core/checks.ts";
import { fillOrders } from "../../../src/core/fills.ts";
import { limitsSchema, rulesSchema } from "../../../src/core/rules.ts";
import { exact, plain, zero } from "../../../src/ledger/decimals.ts";
import { fillOrder, type Holdings } from "../../../src/ledger/fill.ts";
import { checkOrders as checkAgain } from "../../../src/ledger/order-check.ts";
import { ledgerLimits, ledgerRules } from "../../../src/ledger/rules.ts";

// The ledger shares no code with the core but big.js, so both implement docs/rules.md independently.
const symbols = ["A", "B", "C"];
const units = (max: number) =>
  fc.bigInt(1n, BigInt(max)).map((n) => `${n / 100_000_000n}.${String(n % 100_000_000n).padStart(8, "0")}`);
const money = fc.oneof(units(1e3), units(1e8), units(1e11), units(1e14));
const prices = fc.record({ A: units(1e14), B: units(1e9), C: units(1e4) });
const order = fc.record({
  side: fc.constantFrom("buy" as const, "sell" as const),
  symbol: fc.constantFrom(...symbols, "X"),
  amount: money,
});
const rules = fc
  .record({
    fee_bps: fc.constantFrom(0, 10, 9999),
    half_spread_bps: fc.constantFrom(0, 2, 4999),
    slippage_bps: fc.constantFrom(0, 3, 4999),
    min_order: fc.constantFrom("0", "1"),
  })
  .map((row) => rulesSchema.parse(row));
const share = fc.constantFrom("0", "0.05", "0.4", "0.8", "1");
const limits = fc.option(
  fc
    .record({
      risk_score: share,
      max_position_share: share,
      cash_reserve_share: share,
      max_trades_per_round: fc.integer({ min: 0, max: 4 }),
    })
    .map((row) => limitsSchema.parse(row)),
);
const account = fc.record({
  cash: money,
  positions: fc.record({ A: money, B: money, C: money }, { requiredKeys: [] }),
});
const holdingsOf = (from: Account): Holdings => ({
  cash: exact(from.cash),
  held: new Map(Object.entries(from.positions).map(([symbol, quantity]) => [symbol, exact(quantity)])),
});

test("the ledger repeats every fill and refusal of the core to the last digit", () => {
  let filled = 0;
  fc.assert(
    fc.property(account, prices, rules, fc.array(order, { maxLength: 8 }), (from, mids, given, list) => {
      const orders = list.map((item, seq) => ({ ...item, seq }));
      const quote = Object.fromEntries(
        Object.entries(mids).map(([symbol, mid]) => [symbol, { bid: mid, ask: mid, mid }]),
      );
      const lots: Lot[] = [];
      const out = fillOrders({ account: from, lots, orders, round: 0, quote, rules: given });
      let holdings = holdingsOf(from);
      for (const item of orders) {
        const mid = new Map(Object.entries(mids)).get(item.symbol);
        const again = fillOrder(
          holdings,
          { ...item, amount: exact(item.amount) },
          mid === undefined ? undefined : { mid: exact(mid) },
          ledgerRules(given),
        );
        const result = out.results[item.seq];
        if (again.kind === "refused") {
          expect(result).toEqual({ seq: item.seq, ...again });
          continue;
        }
        filled += 1;
        expect(result).toMatchObject({
          kind: "filled",
          quantity: plain(again.quantity),
          price: plain(again.price),
          fee: plain(again.fee),
          cashChange: plain(again.cashAfter.minus(holdings.cash)),
        });
        holdings = { cash: again.cashAfter, held: new Map(holdings.held).set(item.symbol, again.heldAfter) };
      }
      expect(out.cash).toBe(plain(holdings.cash));
      expect(out.positions).toEqual(
        Object.fromEntries([...holdings.held].filter(([, q]) => q.gt(zero)).map(([symbol, q]) => [symbol, plain(q)])),
      );
    }),
    { numRuns: 500 },
  );
  expect(filled).toBeGreaterThan(100);
});

test("the ledger repeats every check of an order", () => {
  const codes = new Set<string>();
  const odd = fc.record({
    side: fc.constantFrom("buy", "sell", "hold"),
    symbol: fc.constantFrom("A", "A\0", ""),
    amount: fc.constantFrom("1", "-1", "0", "0.000000001", "9999999999999999", "2.123456789123"),
  });
  fc.assert(
    fc.property(
      account,
      prices,
      rules,
      limits,
      fc.array(fc.oneof({ weight: 5, arbitrary: order }, { weight: 1, arbitrary: odd }), { maxLength: 12 }),
      (from, closes, given, own, orders) => {
        const checked = checkOrders({ account: from, orders, prices: closes, rules: given, limits: own, symbols });
        const verdicts = checkAgain({
          holdings: holdingsOf(from),
          orders: checked.map(({ seq, order: stored, state, code }) => ({
            seq,
            side: stored.side,
            symbol: stored.symbol,
            amount: stored.amount,
            state,
            code: code ?? null,
            refused_at: code ? ("decision" as const) : null,
            round: "",
            entry: "",
          })),
          symbols,
          closes: new Map(Object.entries(closes).map(([symbol, close]) => [symbol, exact(close)])),
          rules: ledgerRules(given),
          limits: ledgerLimits(own),
        });
        expect(verdicts.map((verdict) => verdict.code)).toEqual(checked.map((item) => item.code ?? null));
        for (const item of checked) codes.add(item.code ?? "open");
      },
    ),
    { numRuns: 500 },
  );
  expect([...codes].sort()).toEqual([
    "open",
    "trading.bad_amount",
    "trading.bad_order",
    "trading.below_minimum",
    "trading.cash_reserve",
    "trading.insufficient_cash",
    "trading.insufficient_holding",
    "trading.position_share",
    "trading.risk_limit",
    "trading.trades_per_round",
    "trading.unknown_symbol",
  ]);
});
