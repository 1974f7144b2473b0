/** The types of accounts, orders and prices in the pure core. All amounts are decimal strings. */
import type { VenueName } from "./venue-names.ts";

/** Cash in quote currency and base quantities by symbol ("BTC-USDT"); a symbol that isn't held is absent. */
export interface Account {
  readonly cash: string;
  readonly positions: Readonly<Record<string, string>>;
}

export type Side = "buy" | "sell";

/** BUY amount: quote currency to spend, fee included. SELL amount: base quantity. */
export interface OrderIntent {
  readonly side: Side;
  readonly symbol: string;
  readonly amount: string;
  /** 0 to 1. */
  readonly confidence?: number;
}

/**
 * The rest of one buy. Sells use up the oldest lots first. `cost` is the amount paid for `quantity`, in quote currency, fee
 * included.
 */
export interface Lot {
  readonly symbol: string;
  /** The round and sequence of the buy that opened it. */
  readonly round: number;
  readonly seq: number;
  readonly quantity: string;
  readonly cost: string;
}

/** One symbol's prices in a quote. Decimal strings. */
export interface QuotedPrice {
  readonly bid: string;
  readonly ask: string;
  readonly mid: string;
  /** Nobody traded when the price was taken: it marks equity, and no order fills at it. Absent means false. */
  readonly filled?: boolean;
  /** The live venue that it came from. Absent where the quote was made from a candle. */
  readonly venue?: VenueName;
}

/** The prices at which a round's orders fill, by symbol. Equity is computed at the mid. */
export type Quote = Readonly<Record<string, QuotedPrice>>;

/** The last close of each symbol. A decision sees these prices. */
export type Prices = Readonly<Record<string, string>>;
