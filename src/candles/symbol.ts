/** Symbols as files and venues write them, as "BASE-QUOTE". */
import { limits } from "../core/limits.ts";

/** The currencies that a name without a separator may end with. */
const QUOTES = ["USDT", "USDC", "FDUSD", "TUSD", "BUSD", "USD", "EUR", "GBP", "TRY", "BTC", "ETH", "BNB"] as const;
const quotes: ReadonlySet<string> = new Set(QUOTES);

/** Venues that have their own names for two coins. */
const aliases: Readonly<Record<string, string>> = { XBT: "BTC", XDG: "DOGE" };

/** Letters and digits of any script. */
const PART = /^[\p{L}\p{M}\p{N}]{1,20}$/u;
const PARTS = /^([\p{L}\p{M}\p{N}]+)[-_/ ]([\p{L}\p{M}\p{N}]+)(?:[-_/: ].*)?$/u;

/** All symbols that a text can mean: one where it is sure, several where it is not, none where it is no symbol. */
export type SymbolReading = readonly string[];

export function isQuote(text: string): boolean {
  return quotes.has(upper(text));
}

/** "XBT" and "usdt" become "BTC" and "USDT". */
function upper(text: string): string {
  const plain = text.normalize("NFC").toUpperCase();
  return aliases[plain] ?? plain;
}

/** "BTC-USDT" of its two parts; null where a part can't stand in a symbol. */
export function symbolOf(base: string, quote: string): string | null {
  const [one, other] = [upper(base), upper(quote)];
  if (!PART.test(one) || !PART.test(other) || one.length + other.length + 1 > limits.symbolCharsMax) return null;
  return `${one}-${other}`;
}

/** A name without a separator: "btcusdt", "1000PEPEUSDT". "ETHBUSD" can be ETH-BUSD and ETHB-USD; XBTUSD is no XB-TUSD. */
export function splitName(name: string): SymbolReading {
  const whole = name.normalize("NFC").toUpperCase();
  const fitting = QUOTES.filter((quote) => whole.endsWith(quote));
  const baseOf = (quote: string) => whole.slice(0, -quote.length);
  const aliased = fitting.filter((quote) => Object.hasOwn(aliases, baseOf(quote)));
  return (aliased.length > 0 ? aliased : fitting).flatMap((quote) => symbolOf(baseOf(quote), quote) ?? []);
}

/** What a symbol column, or a venue's answer, says: "BTC/USDT", "BTC/USDT:USDT", "BTC-USDT", "BTCUSDT". */
export function readSymbol(text: string): SymbolReading {
  const plain = text.trim();
  const match = PARTS.exec(plain);
  const [, base = "", quote = ""] = match ?? [];
  if (match !== null) return /\p{N}/u.test(quote) ? [] : [symbolOf(base, quote) ?? []].flat();
  return splitName(plain);
}

/** A key of Kraken's answers, such as XXBTZUSD, XETHXXBT and USDTZUSD, which no cutting explains. */
export function readKrakenKey(key: string): SymbolReading {
  const [, base, quote] =
    /^X([A-Z]{3,4})[ZX]([A-Z]{3})$/.exec(key) ?? /^([A-Z0-9]{3,8})Z(USD|EUR|GBP|CAD|JPY|AUD)$/.exec(key) ?? [];
  const symbol = base === undefined || quote === undefined ? null : symbolOf(base, quote);
  return symbol === null ? readSymbol(key) : [symbol];
}

/** "BTC-USDT" of what a person types after --symbol; null where it is none. */
export function givenSymbol(text: string): string | null {
  const [symbol, ...others] = readSymbol(text);
  return symbol !== undefined && others.length === 0 ? symbol : null;
}
