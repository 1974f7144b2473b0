/** The live venues, and the numbers that every one of them is held to. Pure. */
import { decimal, divide, text, ZERO } from "./money.ts";
import { deadlineAt, windowMs } from "./phases.ts";

/** 1m, 5m, 15m, 1h, 4h and 1d. Their candles open on multiples of the interval since 1970 at every venue. */
export const venueIntervals: readonly number[] = [60, 300, 900, 3_600, 14_400, 86_400];

/** Names of one coin that every list writes in its own way. */
const otherNames: Readonly<Record<string, string>> = { XBT: "BTC", XDG: "DOGE" };

/** The name that this project uses for an asset: XBT is BTC. */
export function assetName(asset: string): string {
  return Object.hasOwn(otherNames, asset) ? (otherNames[asset] ?? asset) : asset;
}

/** "XBT-USD" → "BTC-USD". */
export function symbolName(symbol: string): string {
  return symbol.split("-").map(assetName).join("-");
}

/**
 * Assets whose name means another coin at another venue: Kraken's LUNA is the old coin, Binance's the new one. They are taken
 * from the venue that was named, and no other venue is asked about them.
 */
const ambiguousAssets: readonly string[] = ["LUNA", "LUNA2", "LUNC", "UST", "USTC", "REP", "REPV2"];

export function isAmbiguous(symbol: string): boolean {
  return symbol.split("-").some((asset) => ambiguousAssets.includes(asset));
}

/** A quote counts only if it was asked for at least this long after the close of its round. */
export const QUOTE_AFTER_CLOSE_MS = 3_000;
/** Quotes of one interval are asked for at common times, this far apart, so that all tournaments share one call. */
const QUOTE_STEP_MS = 5_000;
const QUOTE_PATIENCE_MS = 45_000;

interface RoundTimes {
  /** Epoch milliseconds. */
  readonly dueMs: number;
  readonly intervalSeconds: number;
}

/** When a round's quote is asked for: the first common time that is late enough after its close. Epoch milliseconds. */
export function quoteTimeOf({ dueMs, intervalSeconds }: RoundTimes, closedMs: number): number {
  const first = deadlineAt(dueMs, intervalSeconds, "live") + QUOTE_STEP_MS;
  const late = closedMs + QUOTE_AFTER_CLOSE_MS - first;
  return late <= 0 ? first : first + Math.ceil(late / QUOTE_STEP_MS) * QUOTE_STEP_MS;
}

/** From `fallback` on the next venue is asked too; at `giveUp` the round is skipped. Epoch milliseconds. */
export interface Patience {
  readonly fallback: number;
  readonly giveUp: number;
}

/** How long a round waits for the candles that it opens with. Agents keep at least 40 % of the window. */
export function candlePatience({ dueMs, intervalSeconds }: RoundTimes): Patience {
  const window = windowMs(intervalSeconds);
  return { fallback: dueMs + window * 0.3, giveUp: dueMs + window * 0.6 };
}

/** How long a closed round waits for its quote. It is over before the next round is due. */
export function quotePatience({ dueMs, intervalSeconds }: RoundTimes, quoteMs: number): Patience {
  const beforeNext = dueMs + intervalSeconds * 900;
  const giveUp = Math.max(quoteMs + 1_000, Math.min(beforeNext, quoteMs + QUOTE_PATIENCE_MS));
  return { fallback: quoteMs + (giveUp - quoteMs) / 2, giveUp };
}

const HUNDRED = decimal("100");
const TWO = decimal("2");
/** In percent. */
const SPREAD_MAX = decimal("5");
const MOVE_MAX = decimal("20");
/** Two venues agree when their prices are no further apart than this, in percent. */
const AGREE_MAX = decimal("5");

export interface Book {
  readonly bid: string;
  readonly ask: string;
}

/** The exact middle of bid and ask. */
export function midOf({ bid, ask }: Book): string {
  return text(divide(decimal(bid).plus(decimal(ask)), TWO));
}

/** Why a book can't be traded at, whatever it was before. Null for a sound one. Both sides are decimals. */
export function bookDoubt({ bid, ask }: Book): string | null {
  const [low, high] = [decimal(bid), decimal(ask)];
  if (!low.gt(ZERO)) return "it has no bid";
  if (!high.gt(ZERO)) return "it has no ask";
  if (low.gt(high)) return `it is crossed: bid ${bid} above ask ${ask}`;
  const spread = divide(high.minus(low).times(HUNDRED).times(TWO), low.plus(high));
  return spread.gt(SPREAD_MAX) ? `its spread is ${spread.toFixed(1)} %: bid ${bid}, ask ${ask}` : null;
}

/** By how many percent `price` is away from `last`, with its sign. */
function moveOf(price: string, last: string) {
  return divide(decimal(price).times(HUNDRED), decimal(last)).minus(HUNDRED);
}

/** Why a price is doubtful after `last`: it moved by more than 20 %. */
export function moveDoubt(price: string, last: string): string | null {
  const move = moveOf(price, last);
  if (!move.abs().gt(MOVE_MAX)) return null;
  return `it moved by ${move.toFixed(1)} %, from ${last} to ${price}, and no second venue agrees`;
}

export function agree(price: string, other: string): boolean {
  return !moveOf(price, other).abs().gt(AGREE_MAX);
}
