/** Everything that rounds and routes ask of one venue. One desk a venue serves all tournaments: durable-objects/venue.ts. */
import type { Candle } from "../../core/candle.ts";
import { isVenueName, type VenueName } from "../../core/venue-names.ts";
import { binance } from "./binance.ts";
import { CandleShelf, venueSourceId } from "./candle-shelf.ts";
import { coinbase } from "./coinbase.ts";
import { codeOf, type Fault } from "./faults.ts";
import { kraken } from "./kraken.ts";
import { Line, type LinePorts } from "./line.ts";
import { type FoundSymbol, PairList } from "./pair-list.ts";
import { type Quoted, QuoteShelf } from "./quote-shelf.ts";
import type { Standing } from "./tries.ts";
import type { Venue } from "./venue.ts";

export type { FoundSymbol } from "./pair-list.ts";

/** Every venue. To add one, add its file, a line here, and its name in core/venue-names.ts. CONTRIBUTING.md lists the rest. */
export const venues: Readonly<Record<VenueName, Venue>> = { coinbase, kraken, binance };

/** What went wrong with a symbol, as a round stores it. */
export interface SymbolTrouble {
  readonly symbol: string;
  readonly code: "market.stale" | "market.doubtful";
  /** Groups the same trouble of many rounds. */
  readonly reason: string;
  readonly received: string;
  /** No later try of this round will do better. */
  readonly final: boolean;
}

/** What came of asking for some symbols. */
export interface VenueReply<T> {
  /** What is there, by symbol. */
  readonly values: Readonly<Record<string, T>>;
  readonly troubles: readonly SymbolTrouble[];
  /** When to ask again for what is not there, in milliseconds; null where no later try of this round will do better. */
  readonly afterMs: number | null;
}

export interface VenueCandlesAsk {
  readonly symbols: readonly string[];
  readonly intervalSeconds: number;
  readonly dueMs: number;
}

export interface VenueQuotesAsk {
  readonly symbols: readonly string[];
  readonly quoteMs: number;
}

/** What the Worker calls on a venue's object. */
export interface VenuePort {
  /** The candles up to the one that closes at the due time are stored when it is ready. */
  candles(ask: VenueCandlesAsk): Promise<VenueReply<Candle>>;
  quotes(ask: VenueQuotesAsk): Promise<VenueReply<Quoted>>;
  /** Looks symbols up in the list; null with the reason where the venue gives none. */
  find(symbols: readonly string[]): Promise<{ readonly found: FoundSymbol[] | null; readonly reason: string | null }>;
}

/** A caller gets an answer within this time. What is still under way goes on, and is there when the caller asks again. */
const ANSWER_WITHIN_MS = 4_000;
const AGAIN_MS = 500;
/** A list is young enough for the check of a new tournament. */
const CHECK_LIST_KEPT_MS = 5_000;

/** Where a tournament's candles of this venue are stored, and their interval. */
export function venueSource(
  venue: VenueName,
  intervalSeconds: number,
): { readonly id: string; readonly baseSeconds: number } {
  const baseSeconds = venues[venue].baseSeconds(intervalSeconds);
  return { id: venueSourceId(venue, baseSeconds), baseSeconds };
}

export class VenueDesk implements VenuePort {
  readonly #line: Line;
  readonly #list: PairList;
  readonly #candles: CandleShelf;
  readonly #quotes: QuoteShelf;
  readonly #answerWithinMs: number;

  constructor(ports: LinePorts) {
    this.#line = new Line(ports);
    this.#answerWithinMs = ports.answerWithinMs ?? ANSWER_WITHIN_MS;
    this.#list = new PairList(this.#line);
    this.#candles = new CandleShelf(this.#line, this.#list);
    this.#quotes = new QuoteShelf(this.#line, this.#list);
  }

  async candles({ symbols, intervalSeconds, dueMs }: VenueCandlesAsk): Promise<VenueReply<Candle>> {
    const work = Promise.all(
      symbols.map(async (symbol) => [symbol, await this.#candles.bring({ symbol, intervalSeconds, dueMs })] as const),
    );
    const all = await this.#inTime(work);
    return all === null ? slow : replyOf(new Map(all));
  }

  async quotes(ask: VenueQuotesAsk): Promise<VenueReply<Quoted>> {
    const all = await this.#inTime(this.#quotes.bring(ask));
    return all === null ? slow : replyOf(all);
  }

  async find(symbols: readonly string[]): Promise<{ found: FoundSymbol[] | null; reason: string | null }> {
    const fault = await this.#list.know(CHECK_LIST_KEPT_MS);
    return fault ? { found: null, reason: fault.reason } : { found: this.#list.find(symbols), reason: null };
  }

  /** Null where it takes longer. What fails after that is recorded by the line; nobody waits for it. */
  async #inTime<T>(work: Promise<T>): Promise<T | null> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let late = false;
    const timeout = new Promise<null>((resolve) => {
      timer = setTimeout(() => {
        late = true;
        resolve(null);
      }, this.#answerWithinMs);
    });
    work.catch((error: unknown) => {
      if (late) this.#line.onError(error);
    });
    try {
      return await Promise.race([work, timeout]);
    } finally {
      clearTimeout(timer);
    }
  }
}

const slow = { values: {}, troubles: [], afterMs: AGAIN_MS } as const;

function replyOf<T>(all: ReadonlyMap<string, Standing<T>>): VenueReply<T> {
  const values: Record<string, T> = {};
  const troubles: SymbolTrouble[] = [];
  let afterMs: number | null = null;
  for (const [symbol, standing] of all) {
    if (standing.kind === "ready") values[symbol] = standing.value;
    else if (standing.fault) troubles.push(troubleOf(symbol, standing.fault, standing.kind === "failed"));
    if (standing.kind === "not_yet") afterMs = Math.max(afterMs ?? 0, standing.afterMs, AGAIN_MS);
  }
  return { values, troubles, afterMs };
}

function troubleOf(symbol: string, fault: Fault, final: boolean): SymbolTrouble {
  return { symbol, code: codeOf(fault), reason: fault.reason, received: fault.excerpt, final };
}

function withoutSlash(url: string): string {
  return url.endsWith("/") ? url.slice(0, -1) : url;
}

/** The desk of a venue by its name. */
export function deskOf(name: string, ports: Omit<LinePorts, "venue" | "baseUrl">, baseUrl: string | null): VenueDesk {
  if (!isVenueName(name)) throw new Error(`There is no venue ${name}.`);
  const venue = venues[name];
  return new VenueDesk({ ...ports, venue, baseUrl: withoutSlash(baseUrl ?? venue.baseUrl) });
}
