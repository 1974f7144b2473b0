/**
 * What every live venue knows how to say and to read. One file a venue implements it. Everything here is pure: desk.ts calls,
 * waits and stores.
 */
import type { Candle } from "../../core/candle.ts";
import type { VenueName } from "../../core/venue-names.ts";
import type { Book } from "../../core/venue-rules.ts";
import type { Fault } from "./faults.ts";

/** A whole answer over HTTP. */
export interface Answer {
  readonly status: number;
  readonly text: string;
  /** A header's value; null where it is absent. */
  readonly header: (name: string) => string | null;
}

/** A pair of the venue's list. */
export interface Listed {
  /** "BTC-USD". */
  readonly symbol: string;
  /** What calls name it by. */
  readonly id: string;
  /** The names under which answers may hold it, where answers are keyed. */
  readonly keys: readonly string[];
  /** The venue's own word, with what stops trading: "online", "online, auction_mode". */
  readonly status: string;
  readonly tradable: boolean;
  /** The smallest step of a volume, as decimal text; null where volumes come in steps already. */
  readonly volumeStep: string | null;
}

export interface VenueQuote extends Book {
  /** When the book was like this, by the venue's clock (epoch ms). Null where the venue doesn't tell. */
  readonly at: number | null;
  /** Why it can't be traded now, in the venue's words; null where it can. */
  readonly halted: string | null;
}

/** A row with an impossible price. It is no candle, and spoils none of the others. */
export interface BadRow {
  readonly openAt: number;
  readonly says: string;
}
export type CandleRow = Candle | BadRow;

export function isBad(row: CandleRow): row is BadRow {
  return "says" in row;
}

/** One call for the quotes of some pairs. */
export interface QuoteCall {
  readonly path: string;
  readonly pairs: readonly Listed[];
}

export interface Venue {
  readonly name: VenueName;
  /** Without a slash at the end. */
  readonly baseUrl: string;
  /** Milliseconds between the beginnings of two calls: the venue's published limit, with a reserve. */
  readonly paceMs: number;
  /** How long to wait after a refusal that doesn't say how long. It doubles with each one. Milliseconds. */
  readonly refusalMs: number;
  /** Whether one call gives the quotes of many pairs. */
  readonly batchQuotes: boolean;
  /** Whether the list is read again for every round: what a pair may do changes there and nowhere else. */
  readonly listEachRound: boolean;
  /** The interval of the candles that make those of `intervalSeconds`: itself, where the venue has it. */
  baseSeconds(intervalSeconds: number): number;

  readonly timePath: string;
  /** Epoch milliseconds, rounded down where the venue gives seconds. */
  readTime(body: unknown): number;

  readonly listPath: string;
  readList(body: unknown): Listed[];

  /** The most rows of one call. The first call of a symbol takes as many. */
  readonly pageRows: number;
  /** Candles that open in [fromMs, toMs], both multiples of the interval, at most `pageRows`. */
  candlesPath(pair: Listed, baseSeconds: number, fromMs: number, toMs: number): string;
  /** All rows of the answer, oldest first, also those that are open or outside the range, and those that can't be believed. */
  readCandles(body: unknown, pair: Listed): CandleRow[];

  quoteCalls(pairs: readonly Listed[]): QuoteCall[];
  /** By symbol. A pair that the answer leaves out is absent. */
  readQuotes(body: unknown, pairs: readonly Listed[]): ReadonlyMap<string, VenueQuote>;

  /**
   * Where candles without a trade are absent: the call whose answer tells the time of the last trade. With it a missing newest
   * candle is one in which nobody traded, or one that comes late.
   */
  readonly lastTrade?: { path(pair: Listed): string; read(body: unknown): number | null };

  /**
   * What the answer refuses, judged by its body first and then by its status. Null for an answer to read. `nowMs` is the time by
   * the venue's clock, for refusals that name a time. `body` is undefined where the text is no JSON.
   */
  refusal(answer: Answer, body: unknown, nowMs: number): Fault | null;
}
