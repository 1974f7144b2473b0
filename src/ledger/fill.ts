/** The fill of one order, worked out anew from the contract. */
import { type Decimal, down8, exact, nothing, one, smaller, step, up8 } from "./decimals.ts";
import type { LedgerRules } from "./rules.ts";

export interface Holdings {
  readonly cash: Decimal;
  readonly held: ReadonlyMap<string, Decimal>;
}

export interface Fill {
  readonly kind: "filled";
  readonly quantity: Decimal;
  /** The mid moved by half the spread and slippage. */
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

export function fillOrder(holdings: Holdings, order: Intent, mid: Decimal | undefined, rules: LedgerRules): FillResult {
  if (mid === undefined) return refused("trading.no_price");
  return order.side === "buy" ? buy(holdings, order, mid, rules) : sell(holdings, order, mid, rules);
}

function buy(holdings: Holdings, order: Intent, mid: Decimal, rules: LedgerRules): FillResult {
  const { cash } = holdings;
  if (cash.lte(nothing)) return refused("trading.insufficient_cash");
  const spend = smaller(order.amount, cash);
  if (spend.lt(rules.minOrder)) return refused("trading.below_minimum");
  const price = mid.times(one.plus(rules.halfSpread).plus(rules.slippage));
  const feeOf = (quantity: Decimal) => up8(quantity.times(price).times(rules.fee));
  const left = (quantity: Decimal) => down8(cash.minus(quantity.times(price)).minus(feeOf(quantity)));
  const quantity = largestPaid(down8(spend.div(price.times(one.plus(rules.fee)))), left);
  if (quantity.lte(nothing)) return refused("trading.below_minimum");
  const before = holdings.held.get(order.symbol) ?? nothing;
  return {
    kind: "filled",
    quantity,
    price,
    fee: feeOf(quantity),
    cashAfter: left(quantity),
    heldAfter: before.plus(quantity),
  };
}

/**
 * The fee rounds up, so a buy of all cash can cost a fraction of a step too much: then the quantity goes down by steps
 * until cash isn't negative. Steps of a cheap coin are worth so little that there can be thousands; what they lead to
 * is the largest quantity that can be paid, which doubling and halving finds at once.
 */
function largestPaid(wanted: Decimal, left: (quantity: Decimal) => Decimal): Decimal {
  const cut = (steps: number) => wanted.minus(step.times(exact(String(steps))));
  const paid = (steps: number) => left(cut(steps)).gte(nothing);
  if (paid(0)) return wanted;
  let high = 1;
  while (!paid(high)) high *= 2;
  let low = Math.floor(high / 2);
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (paid(middle)) high = middle;
    else low = middle;
  }
  return cut(high);
}

function sell(holdings: Holdings, order: Intent, mid: Decimal, rules: LedgerRules): FillResult {
  const before = holdings.held.get(order.symbol) ?? nothing;
  if (before.lte(nothing)) return refused("trading.insufficient_holding");
  const quantity = smaller(order.amount, before);
  if (quantity.times(mid).lt(rules.minOrder)) return refused("trading.below_minimum");
  const price = mid.times(one.minus(rules.halfSpread).minus(rules.slippage));
  const fee = up8(quantity.times(price).times(rules.fee));
  const cashAfter = down8(holdings.cash.plus(quantity.times(price)).minus(fee));
  // Dust under a minimum order of 0: the rounded-up fee is more than proceeds and cash.
  if (quantity.lte(nothing) || cashAfter.lt(nothing)) return refused("trading.below_minimum");
  return { kind: "filled", quantity, price, fee, cashAfter, heldAfter: before.minus(quantity) };
}
