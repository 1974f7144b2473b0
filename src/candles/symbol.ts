/** Symbols as files and venues write them, as "BASE-QUOTE". */
import { limits } from "../core/limits.ts";
import { shown } from "./number.ts";

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

/** Kraken's long names of its oldest pairs. A shorter rule would cut XTZUSD and every name that ends in ZUSD. */
const KRAKEN_PAIR =
  /^(?:X(XBT|ETH|LTC|XRP|XLM|XMR|ETC|ZEC|REP|MLN|XDG|ICN)[ZX](USD|EUR|GBP|CAD|JPY|AUD|XBT|ETH)|(USDT)Z(USD))$/;

/** A name without a separator: "btcusdt", "1000PEPEUSDT". "ETHBUSD" can be ETH-BUSD and ETHB-USD; XBTUSD is no XB-TUSD. */
export function splitName(name: string): SymbolReading {
  const whole = name.normalize("NFC").toUpperCase();
  const [base, quote] = (KRAKEN_PAIR.exec(whole) ?? []).slice(1).filter((part) => part !== undefined);
  if (base !== undefined && quote !== undefined) return [symbolOf(base, quote) ?? []].flat();
  const fitting = [...QUOTES, ...Object.keys(aliases)].filter((each) => whole.endsWith(each));
  const baseOf = (each: string) => whole.slice(0, -each.length);
  const aliased = fitting.filter((each) => Object.hasOwn(aliases, baseOf(each)));
  return (aliased.length > 0 ? aliased : fitting).flatMap((each) => symbolOf(baseOf(each), each) ?? []);
}

/** What a symbol column, or a venue's answer, says: "BTC/USDT", "BTC/USDT:USDT", "BTC-USDT", "BTCUSDT". */
function readSymbol(text: string): SymbolReading {
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

/** Reads the symbols of one file's rows. Two spellings of one symbol are the same: "BTC/USDT" and "BTCUSDT". */
export class SymbolColumn {
  #first: string | null = null;
  #last = "";
  /** What all rows can mean that came so far. */
  reading: SymbolReading = [];

  /** What is wrong with a row of this symbol; null where nothing is. */
  read(text: string): string | null {
    if (text === this.#last && this.#first !== null) return null;
    const reading = readSymbol(text);
    if (this.#first === null) {
      this.#first = text;
      this.reading = reading;
    } else if (text !== this.#first) {
      const both = this.reading.filter((symbol) => reading.includes(symbol));
      if (both.length === 0)
        return `has ${shown(text)}, and the rows before it ${shown(this.#first)}; a file must have one symbol`;
      this.reading = both;
    }
    this.#last = text;
    return null;
  }
}
