/** The fill of one order, written from docs/rules.md and not from src/core. */
import { type Decimal, down8, exact, one, smaller, step, up8, zero } from "./decimals.ts";
import type { LedgerRules } from "./rules.ts";

export interface Holdings {
  readonly cash: Decimal;
  readonly held: ReadonlyMap<string, Decimal>;
}

export interface Fill {
  readonly kind: "filled";
  readonly quantity: Decimal;
  /** The mid moved by half the spread and slippage; on a live venue the ask or bid moved by slippage. */
  readonly price: Decimal;
  readonly fee: Decimal;
  readonly cashAfter: Decimal;
  readonly heldAfter: Decimal;
}

export type FillResult = Fill | { readonly kind: "refused"; readonly code: string };

export interface Intent {
  readonly side: "buy" | "sell";
  readonly symbol: string;
  /** Buy: quote currency, fee included. Sell: base quantity. */
  readonly amount: Decimal;
}

const refused = (code: string): FillResult => ({ kind: "refused", code });

/** Amounts are stored with at most 20 digits before the point and 8 after it. */
const tooMuch = exact(`1${"0".repeat(20)}`);
export const canBeStored = (...amounts: readonly Decimal[]) =>
  amounts.every((amount) => amount.lt(tooMuch) && zero.minus(amount).lt(tooMuch));

/** What an order fills at: the mid, and of a live venue the sides of its book. */
export interface FillPrice {
  readonly mid: Decimal;
  readonly book?: { readonly bid: Decimal; readonly ask: Decimal } | undefined;
}

export function fillOrder(
  holdings: Holdings,
  order: Intent,
  at: FillPrice | undefined,
  rules: LedgerRules,
): FillResult {
  if (at === undefined) return refused("trading.no_price");
  const fill = order.side === "buy" ? buy(holdings, order, at, rules) : sell(holdings, order, at, rules);
  return fill.kind === "refused" || canBeStored(fill.cashAfter, fill.heldAfter) ? fill : refused("trading.too_large");
}

function buy(holdings: Holdings, order: Intent, { mid, book }: FillPrice, rules: LedgerRules): FillResult {
  const { cash } = holdings;
  if (cash.lte(zero)) return refused("trading.insufficient_cash");
  const spend = smaller(order.amount, cash);
  if (spend.lt(rules.minOrder)) return refused("trading.below_minimum");
  // A venue's book has a spread of its own: only slippage is added to its ask.
  const price = book
    ? book.ask.times(one.plus(rules.slippage))
    : mid.times(one.plus(rules.halfSpread).plus(rules.slippage));
  const feeOf = (quantity: Decimal) => up8(quantity.times(price).times(rules.fee));
  const paid = (quantity: Decimal) => quantity.times(price).plus(feeOf(quantity));
  const wanted = down8(spend.div(price.times(one.plus(rules.fee))));
  const quantity = paid(wanted).lte(spend) ? wanted : largestPaid(spend, price, rules.fee);
  if (quantity.lte(zero)) return refused("trading.below_minimum");
  const before = holdings.held.get(order.symbol) ?? zero;
  return {
    kind: "filled",
    quantity,
    price,
    fee: feeOf(quantity),
    cashAfter: down8(cash.minus(paid(quantity))),
    heldAfter: before.plus(quantity),
  };
}

/**
 * The largest quantity whose cost does not exceed `spend`. It is needed because the fee rounds up, so that a buy can cost a
 * fraction of a step more. The fee is a whole number of steps. A fee allows at most the quantity that the rest of `spend` pays
 * for, and at most the quantity whose exact fee does not exceed it. The first bound falls with the fee and the second rises,
 * so the best fee is one of the two steps around the point where they meet.
 */
function largestPaid(spend: Decimal, price: Decimal, rate: Decimal): Decimal {
  const below = down8(spend.times(rate).div(one.plus(rate)));
  const [low, high] = [below, below.plus(step)].map((fee) =>
    smaller(spend.minus(fee).div(price), fee.div(price.times(rate))),
  );
  return low === undefined || high === undefined ? zero : down8(low.gt(high) ? low : high);
}

function sell(holdings: Holdings, order: Intent, { mid, book }: FillPrice, rules: LedgerRules): FillResult {
  const before = holdings.held.get(order.symbol) ?? zero;
  if (before.lte(zero)) return refused("trading.insufficient_holding");
  const quantity = smaller(order.amount, before);
  if (quantity.times(mid).lt(rules.minOrder)) return refused("trading.below_minimum");
  const price = book
    ? book.bid.times(one.minus(rules.slippage))
    : mid.times(one.minus(rules.halfSpread).minus(rules.slippage));
  const fee = up8(quantity.times(price).times(rules.fee));
  const cashAfter = down8(holdings.cash.plus(quantity.times(price)).minus(fee));
  // A tiny sell under a minimum order of 0: its rounded-up fee is more than its proceeds and the cash.
  if (quantity.lte(zero) || cashAfter.lt(zero)) return refused("trading.below_minimum");
  return { kind: "filled", quantity, price, fee, cashAfter, heldAfter: before.minus(quantity) };
}
