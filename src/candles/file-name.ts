/** What the name of a candle file says: its symbol and its interval. */
import { intervalSeconds } from "../markets/intervals.ts";
import { isQuote, type SymbolReading, splitName, symbolOf } from "./symbol.ts";

export interface NameReading {
  /** One symbol where the name is sure, several where two quotes fit, none where it has no symbol. */
  readonly symbols: SymbolReading;
  /** Null where the name has no interval. */
  readonly intervalSeconds: number | null;
}

const EXCHANGES: ReadonlySet<string> = new Set(
  (
    "binance binanceus binanceusdm binancecoinm bybit okx okex kraken krakenfutures coinbase coinbasepro coinbaseexchange gdax " +
    "bitstamp gemini bitfinex kucoin gateio gate huobi htx mexc bitget poloniex ftx deribit bitmex hitbtc cryptocom upbit " +
    "bithumb bitflyer exmo cexio cex lbank phemex bittrex itbit okcoin hyperliquid dydx bitmart whitebit"
  ).split(" "),
);

/** Words that say nothing about symbol or interval. */
const NOISE: ReadonlySet<string> = new Set(
  "spot futures future perp perpetual swap um cm margin klines kline candles candle ohlc ohlcv ohlcvt data history historical".split(
    " ",
  ),
);

const words: Readonly<Record<string, number>> = {
  minute: 60,
  minutes: 60,
  min: 60,
  m: 60,
  hour: 3_600,
  hourly: 3_600,
  h: 3_600,
  day: 86_400,
  daily: 86_400,
  d: 86_400,
  week: 604_800,
  weekly: 604_800,
  w: 604_800,
};
const known: ReadonlySet<number> = new Set(Object.values(intervalSeconds));
const units: Readonly<Record<string, number>> = { m: 60, h: 3_600, d: 86_400, w: 604_800 };

/** Our own form says everything, whatever its quote: "SOL-BRL.5m". */
const OWN = /^([\p{L}\p{M}\p{N}]+)-([\p{L}\p{M}\p{N}]+)\.(\d{1,3}[a-z])$/u;
const EXTENSION = /\.(?:csv|tsv|txt|json|gz|zip)$/i;

/** `path` may have folders before the name. */
export function readFileName(path: string): NameReading {
  let name = path.slice(Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\")) + 1).normalize("NFC");
  while (EXTENSION.test(name)) name = name.replace(EXTENSION, "");
  const [, base, quote, interval] = OWN.exec(name) ?? [];
  if (base !== undefined && quote !== undefined && interval !== undefined) {
    const seconds = namedInterval(interval);
    const symbol = symbolOf(base, quote);
    if (seconds !== null && symbol !== null) return { symbols: [symbol], intervalSeconds: seconds };
  }
  const parts = name.split(/[-_.:\s]+/).filter((part) => part !== "");
  const lead = leadingWords(parts);
  const [first = "", second = "", ...rest] = parts.slice(lead);
  const isPair = isQuote(second) && first !== "";
  const pair = isPair ? symbolOf(first, second) : null;
  // A future's name repeats its quote, for the currency that it settles in.
  const others = isPair ? rest : [second, ...rest];
  return {
    symbols: pair === null ? splitName(first) : [pair],
    intervalSeconds: intervalAmong(others) ?? intervalAmong(parts.slice(0, lead)),
  };
}

/**
 * How many parts stand before the symbol: an exchange, noise, a month, an interval. DYDX and HTX are coins too: a part before a
 * quote is a base, unless that quote is the base of the next one, as in "kraken_USDT_USD".
 */
function leadingWords(parts: readonly string[]): number {
  let count = 0;
  while (count < parts.length - 1) {
    const [part = "", next = "", afterNext = ""] = parts.slice(count);
    const isPair = isQuote(next) && !(EXCHANGES.has(part.toLowerCase()) && isQuote(afterNext));
    const word = part.toLowerCase();
    const isWord =
      EXCHANGES.has(word) ||
      NOISE.has(word) ||
      /^(?:19|20)?\d\d(?:\d{2,4})?$/.test(part) ||
      namedInterval(word) !== null;
    if (isPair || !isWord) break;
    count++;
  }
  return count;
}

/** Months and days, noise, and anything unknown are passed over; the first part that is an interval counts. */
function intervalAmong(parts: readonly string[]): number | null {
  /** How many of the next parts may be a month or a day. */
  let dateParts = 0;
  for (const [index, part] of parts.entries()) {
    const isDate = dateParts > 0 && /^\d\d$/.test(part);
    dateParts = /^(?:19|20)\d\d$/.test(part) ? 2 : isDate ? dateParts - 1 : 0;
    // 1M is Binance's month, and 1m a minute: the times say which of the two a file of that name has.
    const isSkipped = part === "1M" || NOISE.has(part.toLowerCase());
    if (isDate || dateParts === 2 || /^(?:19|20)\d\d/.test(part) || isSkipped) continue;
    const seconds = namedInterval(part.toLowerCase(), parts[index + 1]?.toLowerCase());
    if (seconds !== null) return seconds;
  }
  return null;
}

/** Seconds of "5m", "60m", "240m", "1min", "d" and "hour", and of a bare number of minutes; null where it is no candle interval. */
function namedInterval(text: string, next = ""): number | null {
  const word = Object.hasOwn(words, text) ? words[text] : undefined;
  if (word !== undefined) return word;
  const [, count, unit] = /^(\d{1,5})(m|min|minutes?|h|hours?|d|days?|w|weeks?)?$/.exec(text) ?? [];
  if (count === undefined) return null;
  // "1-min" is cut in two.
  const size =
    unit === undefined
      ? /^(?:h|d|w)/.test(next) && Object.hasOwn(words, next)
        ? words[next]
        : 60
      : units[unit[0] ?? ""];
  const seconds = Number(count) * (size ?? 0);
  return known.has(seconds) ? seconds : null;
}
