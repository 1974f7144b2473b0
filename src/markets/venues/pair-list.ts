/** The venue's list of pairs: read once for all, kept in the database, and searched for what a caller may have meant. */
import { symbolName } from "../../core/venue-rules.ts";
import { readVenueSymbols, replaceVenueSymbols } from "../../db/statements/venues/symbols.ts";
import type { Fault } from "./faults.ts";
import type { Line } from "./line.ts";
import type { Listed } from "./venue.ts";

/** A symbol that was asked for, as the venue has it. */
export interface FoundSymbol {
  /** In this project's names: XBT is BTC. */
  readonly symbol: string;
  /** Null: the venue does not have it. */
  readonly status: string | null;
  readonly tradable: boolean;
  /** What may have been meant, where there is none. */
  readonly near: readonly string[];
}

const NEAR_MAX = 5;

export class PairList {
  readonly #line: Line;
  #pairs = new Map<string, Listed>();
  #readAt = Number.NEGATIVE_INFINITY;
  #loaded = false;
  #reading: Promise<Fault | null> | null = null;

  constructor(line: Line) {
    this.#line = line;
  }

  get(symbol: string): Listed | undefined {
    return this.#pairs.get(symbol);
  }

  /** Reads the list unless it is younger than `keptMs`. Answers the fault where there is none, not even an older one. */
  async know(keptMs: number): Promise<Fault | null> {
    if (!this.#loaded) await this.#load();
    if (this.#line.now() - this.#readAt < keptMs) return null;
    this.#reading ??= this.#read().finally(() => {
      this.#reading = null;
    });
    const fault = await this.#reading;
    return this.#pairs.size === 0 ? fault : null;
  }

  find(symbols: readonly string[]): FoundSymbol[] {
    return symbols.map((asked) => {
      const symbol = symbolName(asked);
      const pair = this.#pairs.get(symbol);
      if (pair) return { symbol, status: pair.status, tradable: pair.tradable, near: [] };
      return { symbol, status: null, tradable: false, near: this.#near(symbol) };
    });
  }

  #near(symbol: string): string[] {
    const [base = "", quote = ""] = symbol.split("-");
    return [...this.#pairs.values()]
      .filter(({ tradable }) => tradable)
      .map(({ symbol: other }) => {
        const [otherBase = "", otherQuote = ""] = other.split("-");
        const bases =
          otherBase === base
            ? 0
            : otherBase.startsWith(base) || base.startsWith(otherBase)
              ? 1
              : distance(base, otherBase);
        return { other, far: bases * 2 + (otherQuote === quote ? 0 : distance(quote, otherQuote) < 2 ? 1 : 2) };
      })
      .filter(({ far }) => far <= 4)
      .sort((a, b) => a.far - b.far || (a.other < b.other ? -1 : 1))
      .slice(0, NEAR_MAX)
      .map(({ other }) => other);
  }

  async #load(): Promise<void> {
    const { ageMs, rows } = await readVenueSymbols(this.#line.query, this.#line.venue.name);
    this.#loaded = true;
    if (ageMs === null || rows.length === 0) return;
    this.#take(rows.map(({ volume_step, ...row }) => ({ ...row, volumeStep: volume_step })));
    this.#readAt = this.#line.now() - ageMs;
  }

  async #read(): Promise<Fault | null> {
    const { venue, query } = this.#line;
    const asked = await this.#line.ask(venue.listPath, ({ body }) => venue.readList(body));
    if ("kind" in asked) return asked;
    if (asked.value.length === 0) return this.#line.fault("garbled", "sent an empty list of pairs");
    this.#take(asked.value);
    this.#readAt = this.#line.now();
    const rows = [...this.#pairs.values()].map(({ volumeStep, ...row }) => ({
      ...row,
      keys: [...row.keys],
      volume_step: volumeStep,
    }));
    await replaceVenueSymbols(query, venue.name, rows);
    return null;
  }

  #take(pairs: readonly Listed[]): void {
    this.#pairs = new Map(pairs.map((pair) => [pair.symbol, pair]));
  }
}

/** How many letters have to be added, removed or changed; at most 9. */
function distance(a: string, b: string): number {
  if (Math.abs(a.length - b.length) > 3) return 9;
  let before = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const swap = (before[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      row.push(Math.min(swap, (before[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1));
    }
    before = row;
  }
  return Math.min(9, before[b.length] ?? 9);
}
