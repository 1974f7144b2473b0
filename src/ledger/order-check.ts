/** Checks the orders of a decision at the snapshot's closes, one after another. Written from docs/rules.md and not from src/core. */
import { type Decimal, exact, zero } from "./decimals.ts";
import { type Fill, fillOrder, type Holdings, type Intent } from "./fill.ts";
import type { OrderRow } from "./rows.ts";
import type { LedgerLimits, LedgerRules } from "./rules.ts";

/** How many orders of a decision are checked. Later ones are refused. */
const MAX_ORDERS = 100;

export interface Verdict {
  readonly order: OrderRow;
  /** Null: accepted. */
  readonly code: string | null;
  /** False: the row does not hold what the agent wrote, because it could not be stored. So the refusal can't be repeated. */
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
    // A row always has a side, so what the agent wrote in its place is not stored.
    if (order.code === "trading.bad_order" && order.seq < MAX_ORDERS)
      return { order, code: order.code, checkable: false };
    const code = refusal(decided, holdings, order, accepted);
    if (code !== null) return { order, code, checkable: true };
    const intent: Intent = { side: order.side, symbol: order.symbol, amount: exact(order.amount) };
    const close = closes.get(order.symbol);
    const fill = fillOrder(holdings, intent, close === undefined ? undefined : { mid: close }, rules);
    // The check refuses an order for its fill only if the result could not be stored.
    if (fill.kind === "refused" && fill.code === "trading.too_large")
      return { order, code: fill.code, checkable: true };
    accepted++;
    if (fill.kind === "filled") holdings = after(holdings, order.symbol, fill);
    return { order, code: null, checkable: true };
  });
}

/** The code of the first rule that the order breaks, in the order of docs/rules.md; null if it breaks none. */
function refusal(decided: Decided, holdings: Holdings, order: OrderRow, accepted: number): string | null {
  const { symbols, closes, rules, limits } = decided;
  if (order.seq >= MAX_ORDERS) return "trading.too_many_orders";
  if (!symbols.includes(order.symbol)) return "trading.unknown_symbol";
  // An amount that can't be read is stored as 0.
  const amount = exact(order.amount);
  if (amount.lte(zero)) return "trading.bad_amount";
  const close = closes.get(order.symbol);
  if (close === undefined) return "trading.no_price";
  const worth = order.side === "buy" ? amount : amount.times(close);
  if (worth.lt(rules.minOrder)) return "trading.below_minimum";
  if (order.side === "sell") {
    if (amount.gt(holdings.held.get(order.symbol) ?? zero)) return "trading.insufficient_holding";
  } else {
    if (amount.gt(holdings.cash)) return "trading.insufficient_cash";
    if (limits !== null) {
      const total = worthOf(holdings, closes);
      const held = (holdings.held.get(order.symbol) ?? zero).times(close);
      if (holdings.cash.minus(amount).lt(total.times(limits.reserve))) return "trading.cash_reserve";
      if (held.plus(amount).gt(total.times(limits.share))) return "trading.position_share";
      if (amount.gt(total.times(limits.risk))) return "trading.risk_limit";
    }
  }
  if (limits !== null && accepted >= limits.trades) return "trading.trades_per_round";
  return null;
}

/** The value of cash and holdings at these prices, not rounded. A symbol without a price counts as zero. */
export function worthOf(holdings: Holdings, prices: ReadonlyMap<string, Decimal>): Decimal {
  let total = holdings.cash;
  for (const [symbol, quantity] of holdings.held) total = total.plus(quantity.times(prices.get(symbol) ?? zero));
  return total;
}

function after(holdings: Holdings, symbol: string, fill: Fill): Holdings {
  const held = new Map(holdings.held);
  if (fill.heldAfter.gt(zero)) held.set(symbol, fill.heldAfter);
  else held.delete(symbol);
  return { cash: fill.cashAfter, held };
}
