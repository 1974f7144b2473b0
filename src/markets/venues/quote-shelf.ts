/**
 * Brings the quotes of a venue, each once for all tournaments whose rounds closed together. A venue that answers for many pairs
 * is called once for all of them.
 */
import { QUOTE_AFTER_CLOSE_MS } from "../../core/venue-rules.ts";
import type { Fault } from "./faults.ts";
import type { Line } from "./line.ts";
import type { PairList } from "./pair-list.ts";
import { Recent, type Standing, Tries } from "./tries.ts";
import type { Listed, QuoteCall, VenueQuote } from "./venue.ts";

/** Callers that come within this time share a call. */
const GATHER_MS = 100;
/** Pairs that somebody asked for lately come along in every call for many: that costs nothing, and saves the next call. */
const REMEMBER_MS = 2 * 3_600_000;
const LIST_KEPT_MS = 3_600_000;
const QUOTES_KEPT = 4_000;

export interface QuoteAsk {
  readonly symbols: readonly string[];
  /** The common time at which these quotes are due; no caller's round closed less than 3 s before it. Epoch milliseconds. */
  readonly quoteMs: number;
}

/** A quote as it came in. */
export interface Quoted {
  readonly bid: string;
  readonly ask: string;
  /** How old it was when it was asked for, in milliseconds. */
  readonly ageMs: number;
}

export class QuoteShelf {
  readonly #line: Line;
  readonly #list: PairList;
  readonly #tries = new Recent<Tries<Quoted>>(QUOTES_KEPT);
  readonly #asked = new Map<string, number>();
  readonly #gathering = new Map<number, { readonly symbols: Set<string>; readonly done: Promise<void> }>();

  constructor(line: Line, list: PairList) {
    this.#line = line;
    this.#list = list;
  }

  async bring({ symbols, quoteMs }: QuoteAsk): Promise<Map<string, Standing<Quoted>>> {
    const now = this.#line.now();
    for (const symbol of symbols) this.#asked.set(symbol, now);
    if (symbols.some((symbol) => !this.#isSettled(symbol, quoteMs))) await this.#gather(symbols, quoteMs);
    const after = this.#line.now();
    return new Map(symbols.map((symbol) => [symbol, this.#triesOf(symbol, quoteMs).standing(after)]));
  }

  #triesOf(symbol: string, quoteMs: number): Tries<Quoted> {
    return this.#tries.of(`${symbol} ${quoteMs}`, () => new Tries<Quoted>());
  }

  #isSettled(symbol: string, quoteMs: number): boolean {
    const standing = this.#triesOf(symbol, quoteMs).standing(this.#line.now());
    return standing.kind !== "not_yet" || standing.afterMs > 0;
  }

  /** Joins the call that is about to be made for the same time, or makes one. */
  #gather(symbols: readonly string[], quoteMs: number): Promise<void> {
    const open = this.#gathering.get(quoteMs);
    if (open) {
      for (const symbol of symbols) open.symbols.add(symbol);
      return open.done;
    }
    const wanted = new Set(symbols);
    const done = (async () => {
      await this.#line.sleep(GATHER_MS);
      this.#gathering.delete(quoteMs);
      await this.#collect(wanted, quoteMs);
    })();
    this.#gathering.set(quoteMs, { symbols: wanted, done });
    return done;
  }

  async #collect(wanted: ReadonlySet<string>, quoteMs: number): Promise<void> {
    const fault = await this.#list.know(LIST_KEPT_MS);
    const due: Listed[] = [];
    for (const symbol of wanted) {
      const tries = this.#triesOf(symbol, quoteMs);
      const pair = this.#list.get(symbol);
      if (fault) tries.failed(fault, this.#line.now());
      else if (!pair) tries.failed(this.#line.fault("unknown_symbol", "does not list the symbol"), this.#line.now());
      else if (tries.isDue(this.#line.now())) due.push(pair);
      else await tries.settled();
    }
    if (due.length === 0) return;
    // A book that says its own time is compared with the venue's clock.
    if (this.#line.skewMs === null) await this.#line.knowClock();
    const { venue } = this.#line;
    const calls = venue.quoteCalls(venue.batchQuotes ? [...due, ...this.#remembered(due, quoteMs)] : due);
    await Promise.all(calls.map((one) => this.#call(one, quoteMs)));
  }

  /** Other pairs that were asked for lately and have no quote of this time. */
  #remembered(due: readonly Listed[], quoteMs: number): Listed[] {
    const since = this.#line.now() - REMEMBER_MS;
    const others: Listed[] = [];
    for (const [symbol, at] of this.#asked) {
      if (at < since) this.#asked.delete(symbol);
      else if (!due.some((pair) => pair.symbol === symbol)) {
        const pair = this.#list.get(symbol);
        if (pair && this.#triesOf(symbol, quoteMs).isDue(this.#line.now())) others.push(pair);
      }
    }
    return others;
  }

  async #call({ path, pairs }: QuoteCall, quoteMs: number): Promise<void> {
    const { venue } = this.#line;
    let came: Promise<ReadonlyMap<string, VenueQuote & { readonly ageMs: number }> | Fault> | null = null;
    const whole = () => {
      came ??= this.#ask(path, pairs);
      return came;
    };
    await Promise.all(
      pairs.map((pair) =>
        this.#triesOf(pair.symbol, quoteMs).run(this.#line.now, async () => {
          const all = await whole();
          if (!("kind" in all)) return this.#judge(all.get(pair.symbol));
          // One unknown name fails the call for all of them, so each is asked for alone.
          if (all.kind !== "unknown_symbol" || pairs.length === 1) return all;
          const [own] = venue.quoteCalls([pair]);
          if (!own) return all;
          const one = await this.#ask(own.path, [pair]);
          return "kind" in one ? one : this.#judge(one.get(pair.symbol));
        }),
      ),
    );
  }

  async #ask(path: string, pairs: readonly Listed[]) {
    const asked = await this.#line.ask(path, ({ body }) => this.#line.venue.readQuotes(body, pairs));
    if ("kind" in asked) return asked;
    const { ageMs, askedAt } = asked.reply;
    const venueAskedAt = this.#line.venueNow() - (this.#line.now() - askedAt);
    const clock = this.#line.skewMs !== null;
    return new Map(
      [...asked.value].map(([symbol, quote]) => {
        const own = quote.at === null || !clock ? 0 : Math.max(0, venueAskedAt - quote.at);
        return [symbol, { ...quote, ageMs: Math.max(ageMs, own) }] as const;
      }),
    );
  }

  #judge(quote: (VenueQuote & { readonly ageMs: number }) | undefined): { readonly value: Quoted } | Fault {
    if (!quote) return this.#line.fault("unknown_symbol", "left the symbol out of its quotes");
    if (quote.halted !== null) return this.#line.fault("not_tradable", `gives no tradable quote: ${quote.halted}`);
    if (quote.ageMs > QUOTE_AFTER_CLOSE_MS) {
      return this.#line.fault(
        "cached",
        "sent a quote that may be from before the round's close",
        JSON.stringify(quote),
      );
    }
    return { value: { bid: quote.bid, ask: quote.ask, ageMs: quote.ageMs } };
  }
}
