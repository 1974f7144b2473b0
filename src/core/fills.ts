/**
 * How orders become trades: a pure function of stored rows. Decimals throughout; every rounding goes against the
 * agent (quantity down, fee up, cash down).
 */
import type { Account, Lot, Quote, Side } from "./account.ts";
import type { ErrorCode } from "./error-codes.ts";
import { bps, ceil8, type Decimal, decimal, divideFloor8, floor8, ONE, text, UNIT, ZERO } from "./money.ts";
import type { Rules } from "./rules.ts";

/** An accepted order. BUY amount: quote currency, fee included. SELL amount: base quantity. */
export interface AcceptedOrder {
  readonly seq: number;
  readonly side: Side;
  readonly symbol: string;
  readonly amount: string;
}

export interface Filled {
  readonly seq: number;
  readonly kind: "filled";
  /** Base quantity. */
  readonly quantity: string;
  /** P′, exact: the mid moved by half the spread and slippage. */
  readonly price: string;
  /** Quote currency, contained in cashChange. */
  readonly fee: string;
  /** Negative on a buy. */
  readonly cashChange: string;
  /** Sells: proceeds less the cost of the lots that it closed. Buys: null. */
  readonly realizedProfit: string | null;
}
export interface RefusedFill {
  readonly seq: number;
  readonly kind: "refused";
  readonly code: ErrorCode;
}
export type FillResult = Filled | RefusedFill;

export interface Settlement {
  readonly cash: string;
  /** Without zeros. */
  readonly positions: Readonly<Record<string, string>>;
  /** All that remain of the entry, oldest first. */
  readonly lots: readonly Lot[];
  /** One for each order, in the order of `seq`. */
  readonly results: readonly FillResult[];
}

/** Rules as decimals. */
export interface Costs {
  readonly fee: Decimal;
  /** 1 + fee. */
  readonly withFee: Decimal;
  /** Factors on the mid for a buy and a sell. */
  readonly buy: Decimal;
  readonly sell: Decimal;
  readonly minOrder: Decimal;
}

export function costsOf(rules: Rules): Costs {
  const fee = bps(rules.fee_bps);
  const move = bps(rules.half_spread_bps).plus(bps(rules.slippage_bps));
  return {
    fee,
    withFee: ONE.plus(fee),
    buy: ONE.plus(move),
    sell: ONE.minus(move),
    minOrder: decimal(rules.min_order),
  };
}

/** What one order does, before lots: the arithmetic that checks and fills share. */
type Fill = { readonly quantity: Decimal; readonly price: Decimal; readonly fee: Decimal; readonly cash: Decimal };

/** A buy of `amount`, cut to `cash`, at a mid. Returns the cash that it leaves, or why it can't be made. */
export function fillBuy(costs: Costs, mid: Decimal, amount: Decimal, cash: Decimal): Fill | ErrorCode {
  if (cash.lte(ZERO)) return "trading.insufficient_cash";
  const spend = amount.gt(cash) ? cash : amount;
  if (spend.lt(costs.minOrder)) return "trading.below_minimum";
  const price = mid.times(costs.buy);
  let quantity = divideFloor8(spend, price.times(costs.withFee));
  let notional = quantity.times(price);
  let fee = ceil8(notional.times(costs.fee));
  let left = cash.minus(notional).minus(fee);
  if (left.lt(ZERO)) {
    quantity = affordable(costs, price, fee, cash);
    notional = quantity.times(price);
    fee = ceil8(notional.times(costs.fee));
    left = cash.minus(notional).minus(fee);
  }
  if (quantity.lte(ZERO)) return "trading.below_minimum";
  return { quantity, price, fee, cash: floor8(left) };
}

/**
 * The largest quantity that `cash` pays when the rounded-up fee overshoots it, which it does by less than 1e-8. That
 * is what cutting by steps of 1e-8 ends at, but a coin of 1e-8 would take millions of steps: either the fee stays and
 * the quantity falls, or the fee falls by one step, and that alone is enough.
 */
function affordable(costs: Costs, price: Decimal, fee: Decimal, cash: Decimal): Decimal {
  const sameFee = cash.gt(fee) ? divideFloor8(cash.minus(fee), price) : ZERO;
  const lowerFee = divideFloor8(fee.minus(UNIT), price.times(costs.fee));
  return sameFee.gt(lowerFee) ? sameFee : lowerFee;
}

/** A sell of `amount`, cut to `held`, at a mid. Returns the cash that it leaves, or why it can't be made. */
export function fillSell(costs: Costs, mid: Decimal, amount: Decimal, held: Decimal, cash: Decimal): Fill | ErrorCode {
  if (held.lte(ZERO)) return "trading.insufficient_holding";
  const quantity = amount.gt(held) ? held : amount;
  if (quantity.lte(ZERO) || quantity.times(mid).lt(costs.minOrder)) return "trading.below_minimum";
  const price = mid.times(costs.sell);
  const notional = quantity.times(price);
  const fee = ceil8(notional.times(costs.fee));
  const left = cash.plus(notional).minus(fee);
  // Only dust under a minimum order of 0 gets here: the rounded-up fee is more than the proceeds and the cash.
  if (left.lt(ZERO)) return "trading.below_minimum";
  return { quantity, price, fee, cash: floor8(left) };
}

interface OpenLot {
  readonly symbol: string;
  readonly round: number;
  readonly seq: number;
  quantity: Decimal;
  cost: Decimal;
}

/** Takes `quantity` from the oldest lots and returns its cost; part of a lot costs its share, rounded down. */
function consume(lots: OpenLot[], symbol: string, quantity: Decimal): Decimal {
  let wanted = quantity;
  let cost = ZERO;
  for (const lot of lots) {
    if (wanted.lte(ZERO)) break;
    if (lot.symbol !== symbol || lot.quantity.lte(ZERO)) continue;
    if (lot.quantity.lte(wanted)) {
      wanted = wanted.minus(lot.quantity);
      cost = cost.plus(lot.cost);
      lot.quantity = ZERO;
    } else {
      const part = divideFloor8(lot.cost.times(wanted), lot.quantity);
      lot.quantity = lot.quantity.minus(wanted);
      lot.cost = lot.cost.minus(part);
      cost = cost.plus(part);
      wanted = ZERO;
    }
  }
  return cost;
}

/** Fills an entry's open orders of one round, by `seq`. Never throws on well-formed rows. */
export function fillOrders(input: {
  readonly account: Account;
  readonly lots: readonly Lot[];
  readonly orders: readonly AcceptedOrder[];
  /** The round's number, for the lots that it opens. */
  readonly round: number;
  readonly quote: Quote;
  readonly rules: Rules;
}): Settlement {
  const costs = costsOf(input.rules);
  const held = new Map(Object.entries(input.account.positions).map(([symbol, q]) => [symbol, decimal(q)]));
  const lots: OpenLot[] = input.lots
    .map((lot) => ({ ...lot, quantity: decimal(lot.quantity), cost: decimal(lot.cost) }))
    .sort((a, b) => a.round - b.round || a.seq - b.seq);
  let cash = decimal(input.account.cash);

  const results = [...input.orders]
    .sort((a, b) => a.seq - b.seq)
    .map((order): FillResult => {
      const { seq, side, symbol } = order;
      const price = Object.hasOwn(input.quote, symbol) ? input.quote[symbol] : undefined;
      if (!price) return { seq, kind: "refused", code: "trading.no_price" };
      const mid = decimal(price.mid);
      const amount = decimal(order.amount);
      const before = held.get(symbol) ?? ZERO;
      const fill = side === "buy" ? fillBuy(costs, mid, amount, cash) : fillSell(costs, mid, amount, before, cash);
      if (typeof fill === "string") return { seq, kind: "refused", code: fill };

      const change = fill.cash.minus(cash);
      cash = fill.cash;
      let profit: Decimal | null = null;
      if (side === "buy") {
        held.set(symbol, before.plus(fill.quantity));
        lots.push({ symbol, round: input.round, seq, quantity: fill.quantity, cost: ZERO.minus(change) });
      } else {
        held.set(symbol, before.minus(fill.quantity));
        profit = change.minus(consume(lots, symbol, fill.quantity));
      }
      return {
        seq,
        kind: "filled",
        quantity: text(fill.quantity),
        price: text(fill.price),
        fee: text(fill.fee),
        cashChange: text(change),
        realizedProfit: profit ? text(profit) : null,
      };
    });

  const positions: Record<string, string> = {};
  for (const [symbol, quantity] of held) if (quantity.gt(ZERO)) positions[symbol] = text(quantity);
  return {
    cash: text(cash),
    positions,
    lots: lots
      .filter((lot) => lot.quantity.gt(ZERO))
      .map((lot) => ({ ...lot, quantity: text(lot.quantity), cost: text(lot.cost) })),
    results,
  };
}
