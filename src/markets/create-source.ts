/** Creates candle sources: synthetic ones, whose candles are generated when needed, and imported ones. */
import type { Candle } from "../core/candle.ts";
import { marketClock } from "../core/market-clock.ts";
import { type VenueName, venueTitles } from "../core/venue-names.ts";
import type { Query } from "../db/query.ts";
import { appendCandles, MAX_CANDLES_A_STATEMENT } from "../db/statements/markets/append-candles.ts";
import { finishCandleSource, insertCandleSource } from "../db/statements/markets/create-candle-source.ts";
import { readCandleSource } from "../db/statements/markets/read-candle-source.ts";
import { intervalText } from "./intervals.ts";
import { commitmentOf } from "./market-key.ts";
import { startSynthetic } from "./synthetic.ts";
import { venueSource } from "./venues/venue-desk.ts";

export interface SyntheticSourceOptions {
  /** 'synthetic:<hash>'. */
  readonly id: string;
  readonly seed: string;
  /** Each of `syntheticSymbols`. */
  readonly symbols: readonly string[];
  readonly intervalSeconds: number;
  /** Epoch milliseconds. */
  readonly firstOpenAt: number;
  /** A fresh key of `marketKey`: nobody can compute the candles before the key is published. Without one they follow from the seed. */
  readonly key?: string | null;
}

/**
 * Creates the source without candles, if it does not exist, and returns the commitment to its key: null without a key.
 * Throws on a symbol that the synthetic market does not know.
 */
export async function createSyntheticSource(query: Query, options: SyntheticSourceOptions): Promise<string | null> {
  const { id, seed, symbols, intervalSeconds, firstOpenAt, key = null } = options;
  const secret = key === null ? null : { key, commitment: await commitmentOf(key, seed) };
  const clock = marketClock(intervalSeconds);
  await insertCandleSource(query, {
    id,
    kind: "synthetic",
    name: `synthetic market, ${secret ? "" : `seed ${seed}, `}${intervalText(intervalSeconds)} candles`,
    symbols,
    intervalSeconds,
    marketClock: clock,
    firstOpenAt,
    state: startSynthetic(seed, symbols, { model: secret ? 2 : 1, clock }),
    secret,
  });
  return secret?.commitment ?? null;
}

/** Makes the source of a venue's candles, if there is none, and returns its id. All tournaments of the venue share it. */
export async function ensureVenueSource(query: Query, venue: VenueName, intervalSeconds: number): Promise<string> {
  const { id, baseSeconds } = venueSource(venue, intervalSeconds);
  await insertCandleSource(query, {
    id,
    kind: venue,
    name: `${venueTitles[venue]}, ${intervalText(baseSeconds)} candles`,
    symbols: [],
    intervalSeconds: baseSeconds,
    marketClock: 1,
    firstOpenAt: 0,
    state: null,
    secret: null,
  });
  return id;
}

/** Candles without a gap in any symbol, as cli/candles/tournament-candles.ts reads them. Times are epoch milliseconds. */
export interface ImportedCandles {
  readonly symbols: readonly string[];
  readonly intervalSeconds: number;
  readonly firstOpenAt: number;
  readonly lastOpenAt: number;
  /** SHA-256 in hex. */
  readonly contentHash: string;
  /** What was read and what was left out. Stored with the source. */
  readonly report: Readonly<Record<string, unknown>>;
  /** All candles from `fromMs` on, in slices of so many intervals. A slice holds the candles of all symbols in its span. */
  slices(fromMs: number, intervals: number): AsyncIterable<readonly (Candle & { readonly symbol: string })[]>;
}

/** The same content gives the same id on every machine. */
export function importedSourceId(contentHash: string): string {
  return `files:${contentHash.slice(0, 16)}`;
}

/**
 * Stores the candles and returns the source's id. Each statement appends a slice of time of all symbols and moves
 * `last_open_at` with it. So after an import that was killed, the next one goes on where it stopped. Nobody sees the source
 * before it is whole.
 */
export async function importCandles(
  query: Query,
  candles: ImportedCandles,
  onProgress?: (stored: number, total: number) => void,
): Promise<string> {
  const { symbols, intervalSeconds, firstOpenAt, lastOpenAt, contentHash } = candles;
  const id = importedSourceId(contentHash);
  const stepMs = intervalSeconds * 1_000;
  await insertCandleSource(query, {
    id,
    kind: "files",
    name: `${symbols.length} symbols, ${intervalText(intervalSeconds)} candles from files`,
    symbols,
    intervalSeconds,
    marketClock: 1,
    firstOpenAt,
    state: null,
    secret: null,
    whole: false,
  });
  const source = await readCandleSource(query, id);
  if (source === null) throw new Error(`The candle source ${id} was deleted during its import.`);
  const total = (lastOpenAt - firstOpenAt) / stepMs + 1;
  let previousLastOpenAt = Date.parse(source.lastOpenAt);
  onProgress?.((previousLastOpenAt - firstOpenAt) / stepMs + 1, total);
  const slice = Math.max(1, Math.floor(MAX_CANDLES_A_STATEMENT / symbols.length));
  for await (const next of candles.slices(previousLastOpenAt + stepMs, slice)) {
    const lastOfSlice = previousLastOpenAt + (next.length / symbols.length) * stepMs;
    const append = { sourceId: id, previousLastOpenAt, lastOpenAt: lastOfSlice, candles: next, state: null };
    // Another import of the same candles may be faster: its rows are the same.
    if (!(await appendCandles(query, append))) return importCandles(query, candles, onProgress);
    previousLastOpenAt = lastOfSlice;
    onProgress?.((lastOfSlice - firstOpenAt) / stepMs + 1, total);
  }
  await finishCandleSource(query, id, candles.report);
  return id;
}
