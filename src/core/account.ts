/** An entry's account as the pure core sees it. All amounts are decimal strings. */

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

/** FIFO lot: what is left of one buy. `cost` is quote currency paid for `quantity`, fee included. */
export interface Lot {
  readonly symbol: string;
  /** The round and sequence of the buy that opened it. */
  readonly round: number;
  readonly seq: number;
  readonly quantity: string;
  readonly cost: string;
}

/** Prices at which a round's orders fill: mid is what equity marks at. Decimal strings by symbol. */
export type Quote = Readonly<Record<string, { readonly bid: string; readonly ask: string; readonly mid: string }>>;

/** Last close by symbol, as decided upon. */
export type Prices = Readonly<Record<string, string>>;
