/**
 * Binance spot, by its public market data host. Its newest row is open, a minute without a trade is a flat row, and while a
 * pair is halted rows are absent. One unknown symbol fails a call for many.
 */
import { assetName } from "../../core/venue-rules.ts";
import { intervalText } from "../intervals.ts";
import { commonRefusal, faultOf, retryAfterMs } from "./faults.ts";
import { decimalOf, listOf, recordOf, rowOf, sorted, textOf, wholeOf } from "./numbers.ts";
import type { Answer, Listed, Venue, VenueQuote } from "./venue.ts";

const QUOTES_A_CALL = 100;
const NAME = /^[\p{L}\p{N}]{1,20}$/u;

export const binance: Venue = {
  name: "binance",
  baseUrl: "https://data-api.binance.vision",
  // A call weighs 2 to 20 of 6,000 a minute.
  paceMs: 50,
  refusalMs: 5_000,
  batchQuotes: true,
  listEachRound: false,
  baseSeconds: (intervalSeconds) => intervalSeconds,

  timePath: "/api/v3/time",
  readTime: (body) => wholeOf(recordOf(body, "time").serverTime, "time"),

  listPath: "/api/v3/exchangeInfo",
  readList: (body) => listOf(recordOf(body, "list of pairs").symbols, "pairs").flatMap(readPair),

  pageRows: 1_000,
  candlesPath: ({ id }, baseSeconds, fromMs, toMs) =>
    `/api/v3/klines?symbol=${encodeURIComponent(id)}&interval=${intervalText(baseSeconds)}&startTime=${fromMs}&endTime=${toMs}&limit=1000`,
  readCandles: (body) =>
    sorted(
      listOf(body, "candles").map((row) => {
        const [openAt, open, high, low, close, volume] = listOf(row, "a candle's numbers");
        return rowOf(wholeOf(openAt, "candle's time"), { open, high, low, close, volume });
      }),
    ),

  quoteCalls(pairs) {
    const calls = [];
    for (let at = 0; at < pairs.length; at += QUOTES_A_CALL) {
      const some = pairs.slice(at, at + QUOTES_A_CALL);
      const query =
        some.length === 1
          ? `symbol=${encodeURIComponent(some[0]?.id ?? "")}`
          : `symbols=${encodeURIComponent(JSON.stringify(some.map(({ id }) => id)))}`;
      calls.push({ path: `/api/v3/ticker/bookTicker?${query}`, pairs: some });
    }
    return calls;
  },
  readQuotes(body, pairs) {
    const rows = (Array.isArray(body) ? body : [body]).map((row) => recordOf(row, "quote"));
    const quotes = new Map<string, VenueQuote>();
    for (const { symbol, id } of pairs) {
      const row = rows.find((each) => each.symbol === id);
      if (!row) continue;
      const bid = decimalOf(row.bidPrice, "bid");
      const ask = decimalOf(row.askPrice, "ask");
      quotes.set(symbol, { bid, ask, at: null, halted: null });
    }
    return quotes;
  },

  refusal(answer, body, nowMs) {
    const { status, text } = answer;
    const facts = { status, received: text };
    const code = codeIn(body);
    if (status === 418 || /banned until/i.test(text)) {
      return faultOf("binance", "throttled", "has banned this address for a time (418)", {
        ...facts,
        waitMs: banMs(answer, nowMs),
      });
    }
    if (status === 451 || /restricted location/i.test(text)) {
      return faultOf("binance", "restricted", "does not serve this country (451)", facts);
    }
    if (code === -1003) {
      return faultOf("binance", "throttled", "asks to wait (-1003)", { ...facts, waitMs: retryAfterMs(answer) });
    }
    if (code === -1121 || code === -1100) {
      return faultOf("binance", "unknown_symbol", `does not know the symbol (${code})`, facts);
    }
    const common = commonRefusal("binance", answer, body !== undefined);
    if (common) return common;
    if (code !== null || status >= 400) {
      return faultOf("binance", "unavailable", `refused the call (${code ?? status})`, facts);
    }
    return null;
  },
};

function readPair(row: unknown): Listed[] {
  const { symbol: id, status, baseAsset, quoteAsset, isSpotTradingAllowed, filters } = recordOf(row, "pair");
  const [base, quote] = [assetName(textOf(baseAsset, "base asset")), assetName(textOf(quoteAsset, "quote asset"))];
  if (!NAME.test(base) || !NAME.test(quote)) return [];
  const word = textOf(status, "status");
  const lots = (Array.isArray(filters) ? filters : [])
    .map((filter) => recordOf(filter, "filter"))
    .find(({ filterType }) => filterType === "LOT_SIZE");
  return [
    {
      symbol: `${base}-${quote}`,
      id: textOf(id, "symbol"),
      keys: [],
      status: isSpotTradingAllowed === false ? `${word}, no spot trading` : word,
      // A word that is not known counts as no trading.
      tradable: word === "TRADING" && isSpotTradingAllowed === true,
      volumeStep: typeof lots?.stepSize === "string" ? lots.stepSize : null,
    },
  ];
}

function codeIn(body: unknown): number | null {
  if (typeof body !== "object" || body === null || Array.isArray(body) || !("code" in body)) return null;
  const code = Number(body.code);
  return Number.isInteger(code) ? code : null;
}

/** A ban says how long it lasts in its header, and until when in its text. */
function banMs(answer: Answer, nowMs: number): number {
  const until = Number(/banned until (\d{10,16})/.exec(answer.text)?.[1] ?? Number.NaN);
  const named = Number.isNaN(until) ? 0 : Math.max(0, until - nowMs);
  // Bans last from two minutes to three days.
  return Math.max(retryAfterMs(answer) ?? 0, named) || 120_000;
}
