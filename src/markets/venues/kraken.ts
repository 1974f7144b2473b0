/**
 * Kraken spot. It refuses with status 200 and a list of errors. Its answers stand under names of its own, which no rule derives
 * from the pair's, so pairs are looked up in its list.
 */
import { assetName } from "../../core/venue-rules.ts";
import { BadAnswer, commonRefusal, type Fault, faultOf } from "./faults.ts";
import { decimalOf, listOf, recordOf, rowOf, sorted, textOf, wholeOf } from "./numbers.ts";
import type { Listed, Venue, VenueQuote } from "./venue.ts";

/** Thousands of pairs in one call are answered with a page of the network. */
const QUOTES_A_CALL = 50;
const NAME = /^[\p{L}\p{N}]{1,20}$/u;

export const kraken: Venue = {
  name: "kraken",
  baseUrl: "https://api.kraken.com/0/public",
  paceMs: 1_000,
  refusalMs: 5_000,
  batchQuotes: true,
  listEachRound: false,
  baseSeconds: (intervalSeconds) => intervalSeconds,

  timePath: "/Time",
  readTime: (body) => wholeOf(recordOf(resultOf(body), "time").unixtime, "time") * 1_000,

  listPath: "/AssetPairs",
  readList: (body) => readPairs(recordOf(resultOf(body), "list of pairs")),

  // And the open one; older candles can't be had.
  pageRows: 720,
  // Whether `since` includes its own time is told in two ways: one interval earlier is right for both. Newer rows come along.
  candlesPath: ({ id }, baseSeconds, fromMs) =>
    `/OHLC?pair=${encodeURIComponent(id)}&interval=${baseSeconds / 60}&since=${fromMs / 1_000 - baseSeconds}`,
  readCandles: (body, pair) =>
    sorted(
      listOf(memberOf(body, pair), "candles").map((row) => {
        // The sixth is the volume-weighted price, "0.0" in a minute without a trade. The volume is the seventh.
        const [time, open, high, low, close, , volume] = listOf(row, "a candle's numbers");
        return rowOf(wholeOf(time, "candle's time") * 1_000, { open, high, low, close, volume });
      }),
    ),

  quoteCalls(pairs) {
    const calls = [];
    for (let at = 0; at < pairs.length; at += QUOTES_A_CALL) {
      const some = pairs.slice(at, at + QUOTES_A_CALL);
      calls.push({ path: `/Ticker?pair=${some.map(({ id }) => encodeURIComponent(id)).join(",")}`, pairs: some });
    }
    return calls;
  },
  readQuotes(body, pairs) {
    const rows = recordOf(resultOf(body), "quotes");
    const quotes = new Map<string, VenueQuote>();
    for (const { symbol, keys } of pairs) {
      const key = keys.find((name) => Object.hasOwn(rows, name));
      if (key === undefined) continue;
      const { a, b } = recordOf(rows[key], "quote");
      const bid = decimalOf(listOf(b, "bids")[0], "bid");
      const ask = decimalOf(listOf(a, "asks")[0], "ask");
      quotes.set(symbol, { bid, ask, at: null, halted: null });
    }
    return quotes;
  },

  refusal(answer, body, nowMs) {
    const [first] = errorsIn(body);
    if (first !== undefined) return errorFault(first, answer.status, answer.text, nowMs);
    return commonRefusal("kraken", answer, body !== undefined);
  },
};

/** The entries of `error`. A warning that stands beside a result is none. */
function errorsIn(body: unknown): string[] {
  if (typeof body !== "object" || body === null || !("error" in body) || !Array.isArray(body.error)) return [];
  const errors = body.error.map(String);
  return "result" in body ? errors.filter((error) => !error.startsWith("W")) : errors;
}

function errorFault(error: string, status: number, text: string, nowMs: number): Fault {
  const facts = { status, received: text };
  // "EService: Throttled: 1764384000": the second at which the caller may come back.
  const until = Number(/Throttled:\s*(\d{9,12})/i.exec(error)?.[1] ?? Number.NaN);
  if (!Number.isNaN(until)) {
    const waitMs = Math.max(0, until * 1_000 - nowMs);
    return faultOf("kraken", "throttled", "asks to wait until a time that it names", { ...facts, waitMs });
  }
  if (/too many requests|rate limit|throttled/i.test(error)) {
    return faultOf("kraken", "throttled", "asks to wait (too many requests)", facts);
  }
  if (/unknown asset pair/i.test(error)) return faultOf("kraken", "unknown_symbol", "does not know the pair", facts);
  if (/market in|market is/i.test(error))
    return faultOf("kraken", "not_tradable", `does not trade now (${error})`, facts);
  return faultOf("kraken", "unavailable", `refused the call (${error}, ${status})`, facts);
}

function resultOf(body: unknown): unknown {
  return recordOf(body, "answer").result;
}

/** The rows of the pair that was asked for: the one member besides `last`, under a name that is the pair's. */
function memberOf(body: unknown, pair: Listed): unknown {
  const { last: _, ...members } = recordOf(resultOf(body), "result");
  const [key, ...others] = Object.keys(members);
  if (key === undefined) throw new BadAnswer("garbled", "sent a result without rows");
  if (others.length > 0 || !pair.keys.includes(key)) {
    throw new BadAnswer("doubtful", "answered about another pair");
  }
  return members[key];
}

function readPairs(rows: Readonly<Record<string, unknown>>): Listed[] {
  const pairs = Object.entries(rows).map(([key, row]) => ({ key, row: recordOf(row, "pair") }));
  // Asset codes such as XXBT have no rule either. Pairs that say both teach the names for those that have the codes alone.
  const learned = new Map<unknown, string>();
  for (const { row } of pairs) {
    const [base, quote] = typeof row.wsname === "string" ? row.wsname.split("/") : [];
    if (base && quote) learned.set(row.base, base).set(row.quote, quote);
  }
  const nameOf = (asset: unknown): string => {
    const code = textOf(asset, "asset");
    return assetName(learned.get(code) ?? (/^[XZ].{3}$/.test(code) ? "" : code));
  };
  const listed = new Map<string, Listed>();
  for (const { key, row } of pairs) {
    if (row.aclass_base !== undefined && row.aclass_base !== "currency") continue;
    const [base, quote] = [nameOf(row.base), nameOf(row.quote)];
    if (!NAME.test(base) || !NAME.test(quote)) continue;
    const id = typeof row.altname === "string" && row.altname !== "" ? row.altname : key;
    const status = typeof row.status === "string" ? row.status : "unknown";
    const pair = {
      symbol: `${base}-${quote}`,
      id,
      keys: [key, id, `${base}/${quote}`],
      status,
      tradable: status === "online",
      volumeStep: stepOf(row.lot_decimals),
    };
    if (!listed.get(pair.symbol)?.tradable) listed.set(pair.symbol, pair);
  }
  return [...listed.values()];
}

function stepOf(places: unknown): string | null {
  const count = typeof places === "string" || typeof places === "number" ? Number(places) : Number.NaN;
  return Number.isInteger(count) && count > 0 && count <= 18 ? `0.${"0".repeat(count - 1)}1` : null;
}
