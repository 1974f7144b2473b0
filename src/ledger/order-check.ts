/** The check of a decision's orders, one after another on the snapshot's closes, worked out anew from the contract. */
import { type Decimal, exact, nothing } from "./decimals.ts";
import { type Fill, fillOrder, type Holdings, type Intent } from "./fill.ts";
import type { OrderRow } from "./rows.ts";
import type { LedgerLimits, LedgerRules } from "./rules.ts";

/** The orders of a decision that are looked at. */
const MAX_ORDERS = 100;

export interface Verdict {
  readonly order: OrderRow;
  /** Null: accepted. */
  readonly code: string | null;
  /** False: what the agent wrote isn't in the row (it could not be stored), so the refusal can't be repeated. */
  readonly checkable: boolean;
}

export interface Decided {
  readonly holdings: Holdings;
  readonly orders: readonly OrderRow[];
  readonly symbols: readonly string[];
  readonly closes: ReadonlyMap<string, Decimal>;
  readonly rules: LedgerRules;
  readonly limits: LedgerLimits | null;
}

export function checkOrders(decided: Decided): Verdict[] {
  const { closes, rules } = decided;
  let holdings = decided.holdings;
  let accepted = 0;
  return decided.orders.map((order) => {
    // What stood in place of the side can't be stored: a row has a side in any case.
    if (order.code === "trading.bad_order" && order.seq < MAX_ORDERS)
      return { order, code: order.code, checkable: false };
    const code = refusal(decided, holdings, order, accepted);
    if (code !== null) return { order, code, checkable: true };
    accepted++;
    const intent: Intent = { side: order.side, symbol: order.symbol, amount: exact(order.amount) };
    const fill = fillOrder(holdings, intent, closes.get(order.symbol), rules);
    if (fill.kind === "filled") holdings = after(holdings, order.symbol, fill);
    return { order, code: null, checkable: true };
  });
}

/** The first thing that is wrong with an order, in the order in which the contract checks; null when nothing is. */
function refusal(decided: Decided, holdings: Holdings, order: OrderRow, accepted: number): string | null {
  const { symbols, closes, rules, limits } = decided;
  if (order.seq >= MAX_ORDERS) return "trading.too_many_orders";
  if (!symbols.includes(order.symbol)) return "trading.unknown_symbol";
  // An amount that can't be read is stored as 0.
  const amount = exact(order.amount);
  if (amount.lte(nothing)) return "trading.bad_amount";
  const close = closes.get(order.symbol);
  if (close === undefined) return "trading.no_price";
  const worth = order.side === "buy" ? amount : amount.times(close);
  if (worth.lt(rules.minOrder)) return "trading.below_minimum";
  if (order.side === "sell") {
    if (amount.gt(holdings.held.get(order.symbol) ?? nothing)) return "trading.insufficient_holding";
  } else {
    if (amount.gt(holdings.cash)) return "trading.insufficient_cash";
    if (limits !== null) {
      const total = worthOf(holdings, closes);
      const held = (holdings.held.get(order.symbol) ?? nothing).times(close);
      if (holdings.cash.minus(amount).lt(total.times(limits.reserve))) return "trading.cash_reserve";
      if (held.plus(amount).gt(total.times(limits.share))) return "trading.position_share";
      if (amount.gt(total.times(limits.risk))) return "trading.risk_limit";
    }
  }
  if (limits !== null && accepted >= limits.trades) return "trading.trades_per_round";
  return null;
}

/** Cash and everything held, at the prices given; what has none counts nothing. Not rounded. */
export function worthOf(holdings: Holdings, prices: ReadonlyMap<string, Decimal>): Decimal {
  let total = holdings.cash;
  for (const [symbol, quantity] of holdings.held) total = total.plus(quantity.times(prices.get(symbol) ?? nothing));
  return total;
}

function after(holdings: Holdings, symbol: string, fill: Fill): Holdings {
  const held = new Map(holdings.held);
  if (fill.heldAfter.gt(nothing)) held.set(symbol, fill.heldAfter);
  else held.delete(symbol);
  return { cash: fill.cashAfter, held };
}
