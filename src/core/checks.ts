/**
 * Checks the orders of a decision at the snapshot's prices, one after another. Each is checked against the account that the
 * accepted orders before it leave. An agent may send anything: a bad order is refused with a code, and nothing throws.
 */
import type { Account, OrderIntent, Prices } from "./account.ts";
import { AMOUNT_DIGITS, isStorable } from "./column-bounds.ts";
import type { ErrorCode } from "./error-codes.ts";
import { type Costs, costsOf, fillBuy, fillSell } from "./fills.ts";
import { limits as caps } from "./limits.ts";
import { type Decimal, decimal, floor8, text, ZERO } from "./money.ts";
import type { Limits, Rules } from "./rules.ts";

export interface CheckedOrder {
  /** From 0, in the order in which the agent gave them. */
  readonly seq: number;
  /** The order in a form that can always be stored. Its amount is cut to 8 places, and is "0" if it was no amount. */
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

/** At most as many digits before the point as an order's row can hold. */
const amountPattern = new RegExp(`^\\d{1,${AMOUNT_DIGITS}}(\\.\\d{1,40})?$`);

function readAmount(value: unknown): Decimal | null {
  if (typeof value !== "string" || !amountPattern.test(value)) return null;
  const kept = floor8(decimal(value));
  return kept.gt(ZERO) ? kept : null;
}

/**
 * Text that PostgreSQL can store: without NUL and lone surrogates, and not too long. A replaced or cut part leaves a mark.
 * Otherwise a refused symbol could be stored as one that is traded.
 */
function storable(value: unknown, charsMax: number): string {
  if (typeof value !== "string") return "";
  const cut = value.length > charsMax ? `${value.slice(0, charsMax - 1)}…` : value;
  return cut.replaceAll("\0", "\ufffd").toWellFormed();
}

/** Reads prices by symbol. A price is parsed once, and only if an order or a position needs it. */
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
    const after = held.plus(fill.quantity);
    if (!isStorable(after)) return "trading.too_large";
    book.cash = fill.cash;
    book.held.set(symbol, after);
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
    if (!isStorable(fill.cash)) return "trading.too_large";
    book.cash = fill.cash;
    book.held.set(symbol, held.minus(fill.quantity));
  }
  return null;
}

/** Checks an agent's orders. `orders` may be any JSON. `limits` is null for a baseline, which only its cash limits. */
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
