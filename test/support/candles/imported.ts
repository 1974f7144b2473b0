/** Makes an ImportedCandles of rows in memory, as reading a folder of files makes one. */
import type { Candle } from "../../../src/core/candle.ts";
import type { ImportedCandles } from "../../../src/markets/create-source.ts";

/** The caller gives a candle of every symbol for every interval, from the first to the last. */
export function importedCandles(
  rows: Readonly<Record<string, readonly Candle[]>>,
  { contentHash, intervalSeconds = 300 }: { readonly contentHash: string; readonly intervalSeconds?: number },
): ImportedCandles {
  const symbols = Object.keys(rows);
  const all = Object.values(rows);
  const times = all.flatMap((candles) => candles.map(({ openAt }) => openAt));
  return {
    symbols,
    intervalSeconds,
    firstOpenAt: Math.min(...times),
    lastOpenAt: Math.max(...times),
    contentHash,
    report: { series: [], unused: [] },
    async *slices(fromMs, intervals) {
      for (let from = fromMs; from <= Math.max(...times); from += intervals * intervalSeconds * 1000) {
        const to = from + intervals * intervalSeconds * 1000;
        yield symbols.flatMap((symbol) =>
          (rows[symbol] ?? [])
            .filter(({ openAt }) => openAt >= from && openAt < to)
            .map((candle) => ({ symbol, ...candle })),
        );
      }
    },
  };
}
