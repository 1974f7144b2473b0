/**
 * The check of a decision's orders, one after another on the snapshot's prices, each against the account that the
 * ones before it leave. Agents' input may be anything: a bad order is refused with a code, nothing throws.
 */
import type { Account, OrderIntent, Prices } from "./account.ts";
import type { ErrorCode } from "./error-codes.ts";
import { type Costs, costsOf, fillBuy, fillSell } from "./fills.ts";
import { limits as caps } from "./limits.ts";
import { type Decimal, decimal, floor8, text, ZERO } from "./money.ts";
import type { Limits, Rules } from "./rules.ts";

export interface CheckedOrder {
  /** From 0, in the order in which the agent gave them. */
  readonly seq: number;
  /** Amount cut to 8 places; "0" where it is no amount. Safe to store, whatever the agent sent. */
  readonly order: OrderIntent;
  readonly state: "open" | "refused";
  readonly code?: ErrorCode;
}

interface Book {
  cash: Decimal;
  readonly held: Map<string, Decimal>;
  readonly prices: (symbol: string) => Decimal | undefined;
  accepted: number;
}

const amountPattern = /^\d{1,20}(\.\d{1,40})?$/;
const amountMax = decimal(caps.amountMax);

function readAmount(value: unknown): Decimal | null {
  if (typeof value !== "string" || !amountPattern.test(value)) return null;
  const amount = decimal(value);
  if (amount.gt(amountMax)) return null;
  const kept = floor8(amount);
  return kept.gt(ZERO) ? kept : null;
}

/**
 * PostgreSQL stores no NUL, and a lone surrogate is no UTF-8. What is replaced or cut leaves a mark, or the stored text
 * of a symbol that was refused could be one that is traded.
 */
function storable(value: unknown, charsMax: number): string {
  if (typeof value !== "string") return "";
  const cut = value.length > charsMax ? `${value.slice(0, charsMax - 1)}…` : value;
  return cut.replaceAll("\0", "\ufffd").toWellFormed();
}

/** Prices by symbol, parsed once and only where an order or a position asks. */
function priceReader(prices: Prices): (symbol: string) => Decimal | undefined {
  const read = new Map<string, Decimal>();
  return (symbol) => {
    const known = read.get(symbol);
    if (known) return known;
    const price = Object.hasOwn(prices, symbol) ? prices[symbol] : undefined;
    if (price === undefined) return undefined;
    const value = decimal(price);
    read.set(symbol, value);
    return value;
  };
}

function total(book: Book): Decimal {
  let sum = book.cash;
  for (const [symbol, quantity] of book.held) {
    const price = book.prices(symbol);
    if (price) sum = sum.plus(quantity.times(price));
  }
  return sum;
}

function checkBuy(
  book: Book,
  costs: Costs,
  limits: Limits | null,
  symbol: string,
  price: Decimal,
  amount: Decimal,
): ErrorCode | null {
  if (amount.lt(costs.minOrder)) return "trading.below_minimum";
  if (amount.gt(book.cash)) return "trading.insufficient_cash";
  const held = book.held.get(symbol) ?? ZERO;
  if (limits) {
    const value = total(book);
    if (book.cash.minus(amount).lt(value.times(decimal(limits.cash_reserve_share)))) return "trading.cash_reserve";
    const position = held.times(price).plus(amount);
    if (position.gt(value.times(decimal(limits.max_position_share)))) return "trading.position_share";
    if (amount.gt(value.times(decimal(limits.risk_score)))) return "trading.risk_limit";
    if (book.accepted >= limits.max_trades_per_round) return "trading.trades_per_round";
  }
  const fill = fillBuy(costs, price, amount, book.cash);
  if (typeof fill !== "string") {
    book.cash = fill.cash;
    book.held.set(symbol, held.plus(fill.quantity));
  }
  return null;
}

function checkSell(
  book: Book,
  costs: Costs,
  limits: Limits | null,
  symbol: string,
  price: Decimal,
  amount: Decimal,
): ErrorCode | null {
  if (amount.times(price).lt(costs.minOrder)) return "trading.below_minimum";
  const held = book.held.get(symbol) ?? ZERO;
  if (amount.gt(held)) return "trading.insufficient_holding";
  if (limits && book.accepted >= limits.max_trades_per_round) return "trading.trades_per_round";
  const fill = fillSell(costs, price, amount, held, book.cash);
  if (typeof fill !== "string") {
    book.cash = fill.cash;
    book.held.set(symbol, held.minus(fill.quantity));
  }
  return null;
}

/** Checks an agent's orders; `orders` may be any JSON. `limits` null: a baseline, which keeps to its cash alone. */
export function checkOrders(input: {
  readonly account: Account;
  readonly orders: readonly unknown[];
  /** Last closes of the snapshot. */
  readonly prices: Prices;
  readonly rules: Rules;
  readonly limits: Limits | null;
  readonly symbols: readonly string[];
}): CheckedOrder[] {
  if (input.orders.length === 0) return [];
  const costs = costsOf(input.rules);
  const book: Book = {
    cash: decimal(input.account.cash),
    held: new Map(Object.entries(input.account.positions).map(([symbol, q]) => [symbol, decimal(q)])),
    prices: priceReader(input.prices),
    accepted: 0,
  };
  return input.orders.slice(0, caps.ordersStoredMax).map((raw, seq): CheckedOrder => {
    const given: Partial<Record<keyof OrderIntent, unknown>> = typeof raw === "object" && raw !== null ? raw : {};
    const amount = readAmount(given.amount);
    const symbol = storable(given.symbol, caps.symbolCharsMax);
    const sureSide = given.side === "buy" || given.side === "sell" ? given.side : null;
    const { confidence } = given;
    const order: OrderIntent = {
      side: sureSide ?? "buy",
      symbol,
      amount: amount ? text(amount) : "0",
      ...(typeof confidence === "number" && confidence >= 0 && confidence <= 1 ? { confidence } : {}),
    };
    const refused = (code: ErrorCode): CheckedOrder => ({ seq, order, state: "refused", code });
    if (seq >= caps.ordersMax) return refused("trading.too_many_orders");
    if (!sureSide) return refused("trading.bad_order");
    if (symbol !== given.symbol || !input.symbols.includes(symbol)) return refused("trading.unknown_symbol");
    if (!amount) return refused("trading.bad_amount");
    const price = book.prices(symbol);
    if (!price) return refused("trading.no_price");
    const check = sureSide === "buy" ? checkBuy : checkSell;
    const code = check(book, costs, input.limits, symbol, price, amount);
    if (code) return refused(code);
    book.accepted += 1;
    return { seq, order, state: "open" };
  });
}
