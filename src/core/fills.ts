/**
 * Turns orders into trades: a pure function of stored rows. All arithmetic is decimal. Every rounding goes against the agent:
 * quantity down, fee up, cash down.
 */
import type { Account, Lot, Quote, Side } from "./account.ts";
import { isStorable } from "./column-bounds.ts";
import type { ErrorCode } from "./error-codes.ts";
import {
  bps,
  ceil8,
  type Decimal,
  decimal,
  divideCeil8,
  divideFloor8,
  floor8,
  ONE,
  text,
  UNIT,
  ZERO,
} from "./money.ts";
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
  /** P′, exact: the mid moved by half the spread and slippage; on a venue the ask or the bid moved by slippage. */
  readonly price: string;
  /** Quote currency. It is part of cashChange. */
  readonly fee: string;
  /** Negative on a buy. */
  readonly cashChange: string;
  /** The proceeds of a sell less the cost of the lots that it closed. Null for a buy. */
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
  /** Only what is held: no symbol with a quantity of zero. */
  readonly positions: Readonly<Record<string, string>>;
  /** All lots that the entry still has, oldest first. */
  readonly lots: readonly Lot[];
  /** One result an order, by `seq`. */
  readonly results: readonly FillResult[];
}

/** A tournament's rules as decimals. */
export interface Costs {
  readonly fee: Decimal;
  /** 1 + fee. */
  readonly withFee: Decimal;
  /** The mid (of a venue's book: the ask, or the bid) times this is the price of a buy, or of a sell. */
  readonly buy: Decimal;
  readonly sell: Decimal;
  readonly minOrder: Decimal;
}

/** `atBook`: orders fill at the bid and the ask of a venue, so that its own spread takes the place of the rules' half spread. */
export function costsOf(rules: Rules, atBook = false): Costs {
  const fee = bps(rules.fee_bps);
  const move = atBook ? bps(rules.slippage_bps) : bps(rules.half_spread_bps).plus(bps(rules.slippage_bps));
  return {
    fee,
    withFee: ONE.plus(fee),
    buy: ONE.plus(move),
    sell: ONE.minus(move),
    minOrder: decimal(rules.min_order),
  };
}

/** What one order does to the account, lots aside. Checks and fills share this arithmetic. */
type Fill = { readonly quantity: Decimal; readonly price: Decimal; readonly fee: Decimal; readonly cash: Decimal };

/**
 * A buy of `amount`, or of all `cash` if there is less. It never costs more than that, the rounded-up fee included.
 * Returns the fill with the cash that is left, or the code of why it can't be made.
 */
export function fillBuy(costs: Costs, mid: Decimal, amount: Decimal, cash: Decimal): Fill | ErrorCode {
  if (cash.lte(ZERO)) return "trading.insufficient_cash";
  const spend = /* guard fill-cash */ amount.gt(cash) ? cash : amount /* end */;
  if (spend.lt(costs.minOrder)) return "trading.below_minimum";
  const price = mid.times(costs.buy);
  let quantity = divideFloor8(spend, price.times(costs.withFee));
  let notional = quantity.times(price);
  let fee = ceil8(notional.times(costs.fee));
  let paid = notional.plus(fee);
  if (paid.gt(spend)) {
    quantity = quantity.minus(
      excess(costs, price, paid.minus(spend), notional.times(costs.fee).minus(fee.minus(UNIT))),
    );
    notional = quantity.times(price);
    fee = ceil8(notional.times(costs.fee));
    paid = notional.plus(fee);
  }
  if (quantity.lte(ZERO)) return "trading.below_minimum";
  return { quantity, price, fee, cash: floor8(cash.minus(paid)) };
}

/**
 * The smallest quantity to give up when the rounded-up fee makes a buy cost more than its amount, which is by less than 1e-8.
 * Reducing the quantity by 1e-8 at a time gives the same result, but takes millions of steps for a cheap coin. Either the
 * fee stays and the notional falls by `over`, or the exact fee falls by `above` to the next lower step of 1e-8, and that
 * alone is enough.
 */
function excess(costs: Costs, price: Decimal, over: Decimal, above: Decimal): Decimal {
  return above.lt(over.times(costs.fee)) ? divideCeil8(above, price.times(costs.fee)) : divideCeil8(over, price);
}

/** A sell of `amount`, or of all that is `held`. Returns the fill, or the code of why it can't. `base`: the mid, or a venue's bid. */
export function fillSell(
  costs: Costs,
  mid: Decimal,
  amount: Decimal,
  held: Decimal,
  cash: Decimal,
  base = mid,
): Fill | ErrorCode {
  if (held.lte(ZERO)) return "trading.insufficient_holding";
  const quantity = amount.gt(held) ? held : amount;
  if (quantity.lte(ZERO) || quantity.times(mid).lt(costs.minOrder)) return "trading.below_minimum";
  const price = base.times(costs.sell);
  const notional = quantity.times(price);
  const fee = ceil8(notional.times(costs.fee));
  const left = cash.plus(notional).minus(fee);
  // Only a tiny sell under a minimum order of 0 gets here: its rounded-up fee is more than its proceeds and the cash.
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

/** Takes `quantity` from the oldest lots and returns its cost. A part of a lot costs its share, rounded down. */
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
  /** On a live venue, orders fill at the quote's own bid and ask. */
  readonly atBook?: boolean;
  /** The entry's totals so far. With this round added they must still fit their columns. */
  readonly totals?: { readonly fees: string; readonly realizedProfit: string };
}): Settlement {
  const atBook = input.atBook === true;
  const costs = costsOf(input.rules, atBook);
  const held = new Map(Object.entries(input.account.positions).map(([symbol, q]) => [symbol, decimal(q)]));
  let lots: OpenLot[] = input.lots
    .map((lot) => ({ ...lot, quantity: decimal(lot.quantity), cost: decimal(lot.cost) }))
    .sort((a, b) => a.round - b.round || a.seq - b.seq);
  let cash = decimal(input.account.cash);
  let fees = decimal(input.totals?.fees ?? "0");
  let realized = decimal(input.totals?.realizedProfit ?? "0");

  const results = [...input.orders]
    .sort((a, b) => a.seq - b.seq)
    .map((order): FillResult => {
      const { seq, side, symbol } = order;
      const price = Object.hasOwn(input.quote, symbol) ? input.quote[symbol] : undefined;
      if (!price) return { seq, kind: "refused", code: "trading.no_price" };
      if (price.filled) return { seq, kind: "refused", code: "trading.no_market" };
      const mid = decimal(price.mid);
      const amount = decimal(order.amount);
      const before = held.get(symbol) ?? ZERO;
      const fill =
        side === "buy"
          ? fillBuy(costs, atBook ? decimal(price.ask) : mid, amount, cash)
          : fillSell(costs, mid, amount, before, cash, atBook ? decimal(price.bid) : mid);
      if (typeof fill === "string") return { seq, kind: "refused", code: fill };

      const change = fill.cash.minus(cash);
      const after = side === "buy" ? before.plus(fill.quantity) : before.minus(fill.quantity);
      const copies = side === "buy" ? [] : lots.map((lot) => ({ ...lot }));
      const profit = side === "buy" ? null : change.minus(consume(copies, symbol, fill.quantity));
      const earned = profit ?? ZERO;
      if (!isStorable(fill.cash, after, fees.plus(fill.fee), earned, realized.plus(earned))) {
        return { seq, kind: "refused", code: "trading.too_large" };
      }
      cash = fill.cash;
      fees = fees.plus(fill.fee);
      realized = realized.plus(earned);
      held.set(symbol, after);
      if (side === "sell") lots = copies;
      else lots.push({ symbol, round: input.round, seq, quantity: fill.quantity, cost: ZERO.minus(change) });
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
