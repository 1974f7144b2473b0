/**
 * Coinbase Exchange (not Advanced Trade, which is another API). Candles are rows of numbers, newest first and with the low
 * before the high. A minute without a trade is absent, and the newest minute may come minutes late.
 */
import { assetName } from "../../core/venue-rules.ts";
import { commonRefusal, faultOf } from "./faults.ts";
import { decimalOf, isoMs, listOf, recordOf, rowOf, sorted, textOf, volumeIn, wholeOf } from "./numbers.ts";
import { isBad, type Listed, type Venue, type VenueQuote } from "./venue.ts";

const NAME = /^[\p{L}\p{N}]{1,20}$/u;
/** What stops trading in a pair whose status is online. */
const STOPS = ["trading_disabled", "cancel_only", "post_only", "auction_mode"] as const;

export const coinbase: Venue = {
  name: "coinbase",
  baseUrl: "https://api.exchange.coinbase.com",
  // 10 a second.
  paceMs: 120,
  refusalMs: 1_000,
  batchQuotes: false,
  listEachRound: true,
  // It has no candles of four hours.
  baseSeconds: (intervalSeconds) => (intervalSeconds === 14_400 ? 3_600 : intervalSeconds),

  timePath: "/time",
  readTime(body) {
    const { iso, epoch } = recordOf(body, "time");
    return typeof epoch === "string" ? Math.floor(Number(epoch) * 1_000) : isoMs(iso, "time");
  },

  listPath: "/products",
  readList: (body) => listOf(body, "products").flatMap(readProduct),

  // Both ends are included, and more than 300 intervals are refused. Rows from before the start may come along.
  pageRows: 300,
  candlesPath: ({ id }, baseSeconds, fromMs, toMs) =>
    `/products/${encodeURIComponent(id)}/candles?granularity=${baseSeconds}&start=${iso(fromMs)}&end=${iso(toMs)}`,
  readCandles: (body, { volumeStep }) =>
    sorted(
      listOf(body, "candles").map((row) => {
        const [time, low, high, open, close, volume] = listOf(row, "a candle's numbers");
        const read = rowOf(wholeOf(time, "candle's time") * 1_000, {
          open,
          high,
          low,
          close,
          volume: lenient(volume),
        });
        // The volume is a float of the venue, with more places than there are.
        return isBad(read) ? read : { ...read, volume: volumeIn(volumeStep ?? "0.00000001", read.volume) };
      }),
    ),

  quoteCalls: (pairs) =>
    pairs.map((pair) => ({ path: `/products/${encodeURIComponent(pair.id)}/book?level=1`, pairs: [pair] })),
  readQuotes(body, pairs) {
    const { bids, asks, time, auction_mode } = recordOf(body, "book");
    const side = (rows: unknown, what: string) => {
      const [best] = listOf(rows, what);
      // An empty side is no price: the book's check refuses zero.
      return best === undefined ? "0" : decimalOf(listOf(best, what)[0], what);
    };
    const quote: VenueQuote = {
      bid: side(bids, "bids"),
      ask: side(asks, "asks"),
      at: time === undefined ? null : isoMs(time, "book's time"),
      // In an auction the book holds indicative quotes.
      halted: auction_mode === true ? "the pair is in an auction" : null,
    };
    return new Map(pairs.map(({ symbol }) => [symbol, quote]));
  },

  lastTrade: {
    path: ({ id }) => `/products/${encodeURIComponent(id)}/trades?limit=1`,
    read(body) {
      const [last] = listOf(body, "trades");
      return last === undefined ? null : isoMs(recordOf(last, "trade").time, "trade's time");
    },
  },

  refusal(answer, body) {
    const { status, text } = answer;
    const facts = { status, received: text };
    const message = messageIn(body);
    if (/delisted/i.test(message)) return faultOf("coinbase", "not_tradable", "has delisted the product", facts);
    if (/rate limit/i.test(message)) {
      return commonRefusal("coinbase", { ...answer, status: 429 }, true);
    }
    if (status === 404 && /not\s?found/i.test(message)) {
      return faultOf("coinbase", "unknown_symbol", "does not know the product", facts);
    }
    const common = commonRefusal("coinbase", answer, body !== undefined);
    if (common) return common;
    if (status >= 400)
      return faultOf("coinbase", "unavailable", `refused the call (${status}: ${message.slice(0, 80)})`, facts);
    return null;
  },
};

function readProduct(row: unknown): Listed[] {
  const product = recordOf(row, "product");
  const [base, quote] = [
    assetName(textOf(product.base_currency, "base currency")),
    assetName(textOf(product.quote_currency, "quote currency")),
  ];
  if (!NAME.test(base) || !NAME.test(quote)) return [];
  const status = textOf(product.status, "status");
  const stops = STOPS.filter((name) => product[name] === true);
  const { base_increment: step } = product;
  return [
    {
      symbol: `${base}-${quote}`,
      id: textOf(product.id, "id"),
      keys: [],
      status: [status, ...stops].join(", "),
      tradable: status === "online" && stops.length === 0,
      volumeStep: typeof step === "string" && /^\d{1,20}(\.\d{1,18})?$/.test(step) ? step : null,
    },
  ];
}

function messageIn(body: unknown): string {
  return typeof body === "object" && body !== null && "message" in body ? String(body.message) : "";
}

/** A volume may have more places than a price may: it is rounded afterwards. */
function lenient(volume: unknown): unknown {
  return typeof volume === "string" ? volume.replace(/^(\d+\.\d{18})\d+$/, "$1") : volume;
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
