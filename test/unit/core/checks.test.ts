import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Account } from "../../../src/core/account.ts";
import { type CheckedOrder, checkOrders } from "../../../src/core/checks.ts";
import { isErrorCode } from "../../../src/core/error-codes.ts";
import { decimal } from "../../../src/core/money.ts";
import { type Limits, rulesSchema } from "../../../src/core/rules.ts";

const rules = rulesSchema.parse({});
const open: Limits = { risk_score: "1", max_position_share: "1", cash_reserve_share: "0", max_trades_per_round: 100 };
const check = (
  orders: readonly unknown[],
  more: {
    account?: Account;
    limits?: Limits | null;
    prices?: Record<string, string>;
    symbols?: string[];
  } = {},
) =>
  checkOrders({
    account: { cash: "500", positions: {} },
    prices: { A: "100", B: "10" },
    limits: open,
    symbols: ["A", "B"],
    rules,
    ...more,
    orders,
  });
const buy = (amount: unknown, symbol = "A") => ({ side: "buy", symbol, amount });
const sell = (amount: unknown, symbol = "A") => ({ side: "sell", symbol, amount });
const codes = (checked: readonly CheckedOrder[]) => checked.map((item) => item.code ?? item.state);

test("an amount that is no positive decimal string of at most 1e15 is refused", () => {
  const bad = ["", "-5", "+5", "0", "0.000000001", "1e3", ".5", "5.", "NaN", "Infinity", " 5", "5\n", "٥", 5, null, {}];
  expect(codes(check(bad.map((amount) => buy(amount))))).toEqual(bad.map(() => "trading.bad_amount"));
  expect(codes(check([buy("100000000000000000000")]))).toEqual(["trading.bad_amount"]);
  expect(codes(check([buy("1000000000000000")]))).toEqual(["trading.insufficient_cash"]);
});

test("an amount is cut to 8 places and written without an exponent", () => {
  expect(check([buy("0010.123456789000")])[0]?.order.amount).toBe("10.12345678");
});

test("a symbol that the tournament lacks, and one without a price, are refused", () => {
  const more = { symbols: ["A", "B", "C", "toString"] };
  expect(codes(check([buy("5", "X"), buy("5", "C"), buy("5", "toString"), buy("5", "")], more))).toEqual([
    "trading.unknown_symbol",
    "trading.no_price",
    "trading.no_price",
    "trading.unknown_symbol",
  ]);
});

test("a symbol that can't be stored unchanged is unknown, and its stored text is never a symbol that is traded", () => {
  const symbols = ["A", "A".repeat(40)];
  for (const item of check([buy("5", "A\0"), buy("5", "\0A"), buy("5", `${"A".repeat(40)}B`)], { symbols })) {
    expect(item.code).toBe("trading.unknown_symbol");
    expect(symbols).not.toContain(item.order.symbol);
    expect(item.order.symbol.length).toBeLessThanOrEqual(40);
  }
});

test("an order below the minimum order is refused, and one exactly at it is not", () => {
  const account = { cash: "500", positions: { A: "1" } };
  const orders = [buy("0.99999999"), buy("1"), sell("0.00999999"), sell("0.01")];
  expect(codes(check(orders, { account }))).toEqual(["trading.below_minimum", "open", "trading.below_minimum", "open"]);
});

describe("limits of a buy, each at its edge", () => {
  const at = (limits: Partial<Limits>, amount: string, account?: Account) =>
    codes(check([buy(amount)], { limits: { ...open, ...limits }, ...(account ? { account } : {}) }))[0];
  test("cash", () => {
    expect(at({}, "500")).toBe("open");
    expect(at({}, "500.00000001")).toBe("trading.insufficient_cash");
  });
  test("cash reserve", () => {
    expect(at({ cash_reserve_share: "0.4" }, "300")).toBe("open");
    expect(at({ cash_reserve_share: "0.4" }, "300.00000001")).toBe("trading.cash_reserve");
  });
  test("position share, with what is held", () => {
    const account = { cash: "400", positions: { A: "1" } };
    expect(at({ max_position_share: "0.5" }, "150", account)).toBe("open");
    expect(at({ max_position_share: "0.5" }, "150.00000001", account)).toBe("trading.position_share");
  });
  test("risk score", () => {
    expect(at({ risk_score: "0.2" }, "100")).toBe("open");
    expect(at({ risk_score: "0.2" }, "100.00000001")).toBe("trading.risk_limit");
  });
  test("the first limit that fails is named: minimum, cash, reserve, position, risk, trades", () => {
    const none = { risk_score: "0", max_position_share: "0", cash_reserve_share: "1", max_trades_per_round: 0 };
    expect(at(none, "0.5")).toBe("trading.below_minimum");
    expect(at(none, "501")).toBe("trading.insufficient_cash");
    expect(at(none, "500")).toBe("trading.cash_reserve");
    expect(at({ ...none, cash_reserve_share: "0" }, "500")).toBe("trading.position_share");
    expect(at({ ...none, cash_reserve_share: "0", max_position_share: "1" }, "500")).toBe("trading.risk_limit");
    expect(at({ max_trades_per_round: 0 }, "500")).toBe("trading.trades_per_round");
  });
});

test("a sell beyond the holding is refused, before the trades of a round are counted", () => {
  const account = { cash: "500", positions: { A: "1" } };
  const limits = { ...open, max_trades_per_round: 1 };
  expect(
    codes(check([sell("1.00000001"), sell("0.5"), sell("0.6"), sell("0.5"), buy("5")], { account, limits })),
  ).toEqual([
    "trading.insufficient_holding",
    "open",
    "trading.insufficient_holding",
    "trading.trades_per_round",
    "trading.trades_per_round",
  ]);
});

test("each order is checked against the account that the ones before it leave", () => {
  const account = { cash: "10", positions: { A: "1" } };
  const orders = [buy("50", "B"), sell("0.5"), buy("50", "B"), sell("4", "B"), sell("5", "B")];
  expect(codes(check(orders, { account }))).toEqual([
    "trading.insufficient_cash",
    "open",
    "open",
    "open",
    "trading.insufficient_holding",
  ]);
});

test("a refused order spends nothing and counts for no trade", () => {
  const limits = { ...open, max_trades_per_round: 1 };
  expect(codes(check([buy("600"), buy("400")], { limits }))).toEqual(["trading.insufficient_cash", "open"]);
});

test("only its cash limits a baseline", () => {
  expect(codes(check([buy("500"), buy("1")], { limits: null }))).toEqual(["open", "trading.insufficient_cash"]);
});

test("only the first 100 orders are checked, and at most 1,000 are stored", () => {
  const checked = check(Array.from({ length: 5000 }, () => buy("1")));
  expect(checked[99]?.state).toBe("open");
  expect(checked[100]?.code).toBe("trading.too_many_orders");
  expect(checked).toHaveLength(1000);
});

test("a confidence outside 0 to 1 is left out", () => {
  const [good, bad] = check([
    { ...buy("5"), confidence: 0.5 },
    { ...buy("5"), confidence: Number.NaN },
  ]);
  expect(good?.order.confidence).toBe(0.5);
  expect(bad?.order).not.toHaveProperty("confidence");
});

test("nothing that an agent sends makes the check throw, and every result can be stored", () => {
  const field = fc.oneof(
    fc.anything(),
    fc.string({ unit: "binary" }),
    fc.constantFrom("buy", "sell", "A", "B", "1", "250", "a\0b", "\ud800"),
  );
  const order = fc.oneof(
    fc.anything(),
    fc.record({ side: field, symbol: field, amount: field, confidence: field }, { requiredKeys: [] }),
  );
  fc.assert(
    fc.property(fc.array(order, { maxLength: 20 }), fc.boolean(), (orders, baseline) => {
      const checked = check(orders, { limits: baseline ? null : open });
      expect(checked).toHaveLength(orders.length);
      checked.forEach((item, seq) => {
        expect(item.seq).toBe(seq);
        expect(item.state === "refused").toBe(isErrorCode(item.code));
        expect(["buy", "sell"]).toContain(item.order.side);
        expect(item.order.symbol).not.toContain("\0");
        expect(item.order.symbol.isWellFormed()).toBe(true);
        expect(decimal(item.order.amount).lt(decimal("100000000000000000000"))).toBe(true);
      });
    }),
    { numRuns: 200 },
  );
});
