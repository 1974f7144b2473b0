/** Makes candle sources: a synthetic one that generates as it goes, or one of imported candles. */
import type { Query } from "../db/query.ts";
import { appendCandles, MAX_CANDLES_A_STATEMENT } from "../db/statements/candle-append.ts";
import { insertCandleSource } from "../db/statements/candle-source-create.ts";
import { readCandleSource } from "../db/statements/candle-source-read.ts";
import type { Candle } from "../strategies/strategy.ts";
import { intervalText } from "./intervals.ts";
import { startSynthetic } from "./synthetic.ts";

export interface SyntheticSourceOptions {
  /** 'synthetic:<hash>'. */
  readonly id: string;
  readonly seed: string;
  /** Each of `syntheticSymbols`. */
  readonly symbols: readonly string[];
  readonly intervalSeconds: number;
  /** Epoch milliseconds. */
  readonly firstOpenAt: number;
}

/** Makes the source, without candles, if it isn't there. Throws on a symbol that the synthetic market doesn't know. */
export async function createSyntheticSource(query: Query, options: SyntheticSourceOptions): Promise<void> {
  const { id, seed, symbols, intervalSeconds, firstOpenAt } = options;
  await insertCandleSource(query, {
    id,
    kind: "synthetic",
    name: `synthetic market, seed ${seed}, ${intervalText(intervalSeconds)} candles`,
    symbols,
    intervalSeconds,
    firstOpenAt,
    state: startSynthetic(seed, symbols),
  });
}

/** Complete and aligned candles, as cli/candle-folder.ts reads them. Times are epoch milliseconds. */
export interface ImportedCandles {
  readonly symbols: readonly string[];
  readonly intervalSeconds: number;
  readonly firstOpenAt: number;
  readonly lastOpenAt: number;
  readonly rows: Readonly<Record<string, readonly Candle[]>>;
  /** SHA-256 in hex. */
  readonly contentHash: string;
}

/** The same content has the same id, on any machine. */
export function importedSourceId(contentHash: string): string {
  return `files:${contentHash.slice(0, 16)}`;
}

/**
 * Stores the candles and returns the source's id. Each statement appends a slice of time of all symbols and moves
 * `last_open_at` with it, so an import that was killed counts only as far as it came, and the next one goes on there.
 */
export async function importCandles(
  query: Query,
  candles: ImportedCandles,
  onProgress?: (stored: number, total: number) => void,
): Promise<string> {
  const { symbols, intervalSeconds, firstOpenAt, contentHash } = candles;
  const id = importedSourceId(contentHash);
  const stepMs = intervalSeconds * 1_000;
  await insertCandleSource(query, {
    id,
    kind: "files",
    name: `${symbols.length} symbols, ${intervalText(intervalSeconds)} candles from files`,
    symbols,
    intervalSeconds,
    firstOpenAt,
    state: null,
  });
  const total = (candles.lastOpenAt - firstOpenAt) / stepMs + 1;
  const slice = Math.max(1, Math.floor(MAX_CANDLES_A_STATEMENT / symbols.length));
  for (;;) {
    const source = await readCandleSource(query, id);
    if (source === null) throw new Error(`The candle source ${id} was deleted during its import.`);
    const previousLastOpenAt = Date.parse(source.lastOpenAt);
    const from = (previousLastOpenAt - firstOpenAt) / stepMs + 1;
    onProgress?.(from, total);
    if (from >= total) return id;
    const to = Math.min(from + slice, total);
    await appendCandles(query, {
      sourceId: id,
      previousLastOpenAt,
      lastOpenAt: firstOpenAt + (to - 1) * stepMs,
      candles: symbols.flatMap((symbol) =>
        (candles.rows[symbol] ?? []).slice(from, to).map((candle) => ({ symbol, ...candle })),
      ),
      state: null,
    });
  }
}
