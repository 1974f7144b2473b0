/**
 * The desk of a strategy: it shows each symbol and each position, and sizes orders so that the checks seldom refuse them. The
 * strategy decides what to trade and why; the desk decides how much. It ignores an order that makes no sense: too soon after
 * the last trade, without room for it, or one trade too many.
 */
import type { OrderIntent, Side } from "../core/account.ts";
import type { Indicators } from "../core/candle.ts";
import { type Decimal, decimal, divide, floor8, text, text8, ZERO } from "../core/money.ts";
import type { Limits } from "../core/rules.ts";
import { shownMoney } from "../core/text/shown-number.ts";
import type { Choice, View } from "./strategy.ts";
import { keptNotes, lastTrades, type TradeNote } from "./trade-notes.ts";

/** A sale must be worth the minimum order times this, because the price may fall before the fill. */
const SALE_MARGIN = decimal("1.02");
/** Cautious guesses of what is left after an order's fee: of the total, and of a sale's proceeds. */
const TOTAL_LEFT = decimal("0.995");
const PROCEEDS_LEFT = decimal("0.99");
const SIZE_CAP = decimal("0.5");

export interface Quoted {
  readonly symbol: string;
  readonly price: number;
  readonly i: Indicators;
  /** Volatility of one candle as a share of the price, never 0. Moves are measured in this unit. */
  readonly unit: number;
}

export interface Position {
  /** The position's value in quote currency; `share` is its part of the total. */
  readonly value: number;
  readonly share: number;
  /** Price / price of the last buy − 1; 0 when the last buy isn't known. */
  readonly gain: number;
  /** Rounds since the last trade in it; Infinity when unknown. */
  readonly age: number;
}

export interface Patience {
  /** Rounds between a buy and an ordinary exit, and between two buys of one symbol. */
  readonly hold: number;
  /** Rounds between a sale and buying the same symbol again. */
  readonly wait: number;
}

export class Desk {
  readonly market: readonly Quoted[];
  readonly limits: Limits;
  #view: View;
  #patience: Patience;
  #cash: Decimal;
  /** The total at the start of the round; `#leastTotal` is the least that it may be after the orders so far. */
  readonly #total: Decimal;
  #leastTotal: Decimal;
  /** Quote currency. */
  readonly #minBuy: Decimal;
  readonly #minSale: Decimal;
  /** Notes of trades that happened. An order of this round becomes one when its fill is known. */
  readonly #notes: ReadonlyMap<string, TradeNote>;
  #orders: OrderIntent[] = [];
  #reasons: string[] = [];
  #sentences: string[] = [];

  constructor(view: View, limits: Limits, patience: Patience) {
    this.#view = view;
    this.#patience = patience;
    this.limits = view.limits ?? limits;
    this.#cash = decimal(view.account.cash);
    this.#minBuy = decimal(view.min_order);
    this.#minSale = this.#minBuy.times(SALE_MARGIN);
    this.#notes = lastTrades(view);
    this.market = view.symbols.flatMap((symbol) => {
      const i = view.indicators[symbol];
      const price = Number(view.prices[symbol] ?? 0);
      return i !== undefined && price > 0 ? [{ symbol, price, i, unit: Math.max(i.volatility20, 1e-6) }] : [];
    });
    let total = this.#cash;
    for (const symbol of Object.keys(view.account.positions)) total = total.plus(this.#worth(symbol));
    this.#total = total;
    this.#leastTotal = total;
  }

  /** Null when nothing is held that could be sold. */
  position(quoted: Quoted): Position | null {
    const worth = this.#worth(quoted.symbol);
    if (worth.lte(ZERO) || worth.lt(this.#minSale)) return null;
    const note = this.#notes.get(quoted.symbol);
    const value = Number(text(worth));
    return {
      value,
      share: value / Number(text(this.#total)),
      gain: note?.side === "buy" && note.price > 0 ? quoted.price / note.price - 1 : 0,
      age: this.#age(quoted.symbol),
    };
  }

  /** Share of the total that is invested. */
  get invested(): number {
    return this.#total.gt(ZERO) ? 1 - Number(text(divide(this.#cash, this.#total))) : 0;
  }

  /** Whether the position is old enough for an exit that isn't an emergency. */
  isOldEnough(position: Position): boolean {
    return position.age >= this.#patience.hold;
  }

  /** Whether the symbol's last trade is long enough ago to buy it, and no order for it was made in this round. */
  mayBuyAgain(symbol: string): boolean {
    if (this.#orders.some((order) => order.symbol === symbol)) return false;
    const side = this.#notes.get(symbol)?.side;
    return this.#age(symbol) >= (side === "sell" ? this.#patience.wait : this.#patience.hold);
  }

  /**
   * Buys total × min(0.5, risk × confidence), or less where the limits say so; `atMost` (quote currency) caps it
   * further. False when there is no room for an order worth its minimum.
   */
  buy(quoted: Quoted, confidence: number, why: string, atMost?: number): boolean {
    if (this.#full() || !this.mayBuyAgain(quoted.symbol)) return false;
    const sure = certainty(confidence);
    const wanted = decimal(this.limits.risk_score).times(decimal(sure));
    const share = wanted.gt(SIZE_CAP) ? SIZE_CAP : wanted;
    const room = [
      this.#leastTotal.times(share),
      this.#leastTotal.times(decimal(this.limits.max_position_share)).minus(this.#worth(quoted.symbol)),
      this.#cash.minus(this.#total.times(decimal(this.limits.cash_reserve_share))),
      ...(atMost === undefined ? [] : [decimal(Math.max(0, atMost).toFixed(8))]),
    ].reduce((least, next) => (next.lt(least) ? next : least));
    const amount = floor8(room);
    if (amount.lte(ZERO) || amount.lt(this.#minBuy)) return false;
    this.#cash = this.#cash.minus(amount);
    this.#leastTotal = this.#leastTotal.times(TOTAL_LEFT);
    this.#write("buy", quoted, amount, sure, `${why}: buying ${shownMoney(text(amount))} of ${quoted.symbol}`, why);
    return true;
  }

  /** Sells the whole holding, or about `part` of it (quote currency). False when that is below the minimum. */
  sell(quoted: Quoted, confidence: number, why: string, part?: number): boolean {
    const held = this.#view.account.positions[quoted.symbol];
    if (this.#full() || held === undefined || this.position(quoted) === null) return false;
    const price = decimal(this.#view.prices[quoted.symbol] ?? "0");
    const wanted = part === undefined ? decimal(held) : floor8(divide(decimal(Math.max(0, part).toFixed(8)), price));
    const quantity = wanted.lt(decimal(held)) ? wanted : decimal(held);
    const value = quantity.times(price);
    if (value.lte(ZERO) || value.lt(this.#minSale)) return false;
    this.#cash = this.#cash.plus(floor8(value.times(PROCEEDS_LEFT)));
    this.#leastTotal = this.#leastTotal.times(TOTAL_LEFT);
    const told = `${why}: selling ${text8(quantity)} of ${quoted.symbol}`;
    this.#write("sell", quoted, quantity, certainty(confidence), told, why);
    return true;
  }

  /** The orders of the round. Without any, `idle` is the reasoning; it must say the numbers that were not enough. */
  choice(idle: string, idleConfidence = 0.5): Choice {
    if (this.#orders.length === 0) {
      const blind = `Candles of ${this.market.length} of ${this.#view.symbols.length} symbols seen: holding.`;
      const held = { orders: [], reasoning: this.market.length === 0 ? blind : idle, confidence: idleConfidence };
      // Fills are shown only once, in the next decision, so they must be remembered now.
      return this.#view.fills.length === 0 ? held : { ...held, memory: this.#memory() };
    }
    return {
      orders: this.#orders,
      reasoning: `${this.#sentences.join(". ").slice(0, 900)}.`,
      confidence: Math.max(...this.#orders.map((order) => order.confidence ?? 0)),
      memory: this.#memory(),
    };
  }

  #memory(): Record<string, unknown> {
    return keptNotes(this.#notes, this.#view.round, this.#reasons);
  }

  #write(side: Side, quoted: Quoted, amount: Decimal, confidence: string, told: string, why: string): void {
    const { symbol } = quoted;
    this.#orders.push({ side, symbol, amount: text(amount), confidence: Number(confidence) });
    this.#sentences.push(told);
    this.#reasons.push(why);
  }

  #full(): boolean {
    return this.#orders.length >= this.limits.max_trades_per_round;
  }

  #worth(symbol: string): Decimal {
    return decimal(this.#view.account.positions[symbol] ?? "0").times(decimal(this.#view.prices[symbol] ?? "0"));
  }

  #age(symbol: string): number {
    const note = this.#notes.get(symbol);
    return note === undefined ? Number.POSITIVE_INFINITY : this.#view.round - note.round;
  }
}

/** The confidence with two places, so that the last bits of a float never reach an amount. */
function certainty(confidence: number): string {
  return Math.min(1, Math.max(0, confidence)).toFixed(2);
}
