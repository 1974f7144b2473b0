import { describe, expect, test } from "vitest";
import { marketNames, venueNames } from "../../../src/core/venue-names.ts";
import { exact } from "../../../src/ledger/decimals.ts";
import { checkOrders } from "../../../src/ledger/order-check.ts";
import type { OrderRow } from "../../../src/ledger/rows.ts";
import { ledgerLimits, ledgerRules } from "../../../src/ledger/rules.ts";
import { isLiveVenue } from "../../../src/ledger/venue-quotes.ts";

// 500 of cash and 2 X at 250: a total of 1000.
const cash = "500";
const limits = { risk_score: "0.3", max_position_share: "0.6", cash_reserve_share: "0.1", max_trades_per_round: 2 };

const order = (seq: number, side: "buy" | "sell", symbol: string, amount: string): OrderRow => ({
  round: "r",
  entry: "e",
  seq,
  side,
  symbol,
  amount,
  state: "open",
  code: null,
  refused_at: null,
});

function codes(orders: readonly OrderRow[], changed: Record<string, unknown> | null = {}): (string | null)[] {
  return checkOrders({
    holdings: { cash: exact(cash), held: new Map([["X", exact("2")]]) },
    orders,
    symbols: ["X", "Y", "Z"],
    closes: new Map([
      ["X", exact("250")],
      ["Y", exact("10")],
    ]),
    rules: ledgerRules({}),
    limits: ledgerLimits(changed && { ...limits, ...changed }),
  }).map((verdict) => verdict.code);
}

describe("an order exactly at a limit passes, and a step beyond it does not", () => {
  test.each<[string, Record<string, unknown> | null, "buy" | "sell", string, string, string, string]>([
    ["minimum of a buy", {}, "buy", "Y", "1", "0.99999999", "trading.below_minimum"],
    ["minimum of a sell", {}, "sell", "X", "0.004", "0.00399999", "trading.below_minimum"],
    ["cash", null, "buy", "Y", "500", "500.00000001", "trading.insufficient_cash"],
    ["cash reserve", { risk_score: "1" }, "buy", "Y", "400", "400.00000001", "trading.cash_reserve"],
    ["position share", {}, "buy", "X", "100", "100.00000001", "trading.position_share"],
    ["risk", {}, "buy", "Y", "300", "300.00000001", "trading.risk_limit"],
    ["holding", {}, "sell", "X", "2", "2.00000001", "trading.insufficient_holding"],
  ])("%s", (_, changed, side, symbol, at, beyond, code) => {
    expect(codes([order(0, side, symbol, at)], changed)).toEqual([null]);
    expect(codes([order(0, side, symbol, beyond)], changed)).toEqual([code]);
  });
});

describe("of several faults the first in the order of docs/rules.md is named", () => {
  test.each<[string, OrderRow, Record<string, unknown>, string]>([
    ["symbol before amount", order(0, "buy", "Q", "0"), {}, "trading.unknown_symbol"],
    ["amount before price", order(0, "buy", "Z", "0"), {}, "trading.bad_amount"],
    ["price before minimum", order(0, "buy", "Z", "0.5"), {}, "trading.no_price"],
    ["minimum before holding", order(0, "sell", "Y", "0.01"), {}, "trading.below_minimum"],
    ["cash before reserve", order(0, "buy", "X", "501"), {}, "trading.insufficient_cash"],
    ["reserve before share", order(0, "buy", "X", "450"), {}, "trading.cash_reserve"],
    ["share before risk", order(0, "buy", "X", "350"), {}, "trading.position_share"],
    ["risk before trades a round", order(0, "buy", "Y", "350"), { max_trades_per_round: 0 }, "trading.risk_limit"],
    [
      "holding before trades a round",
      order(0, "sell", "Y", "5"),
      { max_trades_per_round: 0 },
      "trading.insufficient_holding",
    ],
    ["number before shape", order(100, "buy", "Q", "0"), {}, "trading.too_many_orders"],
  ])("%s", (_, one, changed, code) => {
    expect(codes([one], changed)).toEqual([code]);
  });
});

test("each order is checked against the account that the accepted ones before it leave", () => {
  const orders = [
    order(0, "buy", "Y", "500.00000001"), // more than the cash: refused, and so it spends nothing
    order(1, "sell", "X", "2"), // brings 500 less spread, slippage and fee
    order(2, "sell", "X", "0.01"), // nothing is left of it
    order(3, "buy", "Y", "999.2"),
    order(4, "buy", "Y", "1"),
  ];
  expect(codes(orders, null)).toEqual([
    "trading.insufficient_cash",
    null,
    "trading.insufficient_holding",
    // 500 + 500 · 0.9995 · 0.999 = 999.25025, of which 999.2 is spent.
    null,
    "trading.insufficient_cash",
  ]);
  expect(
    codes([
      order(0, "buy", "Y", "10"),
      order(1, "buy", "Q", "1"),
      order(2, "buy", "Y", "10"),
      order(3, "buy", "Y", "10"),
    ]),
  ).toEqual([null, "trading.unknown_symbol", null, "trading.trades_per_round"]);
});

test("the ledger check, which imports nothing of the game, knows the same live venues", () => {
  expect(marketNames.filter(isLiveVenue)).toEqual(venueNames);
});
