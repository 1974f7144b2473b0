/** Candles as a folder gives them, made of rows. */
import type { Candle } from "../../src/core/candle.ts";
import type { ImportedCandles } from "../../src/markets/create-source.ts";

/** Every symbol has a candle at every step from `firstOpenAt` on. */
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
    async *slices(fromMs, count) {
      for (let from = fromMs; from <= Math.max(...times); from += count * intervalSeconds * 1000) {
        const to = from + count * intervalSeconds * 1000;
        yield symbols.flatMap((symbol) =>
          (rows[symbol] ?? [])
            .filter(({ openAt }) => openAt >= from && openAt < to)
            .map((candle) => ({ symbol, ...candle })),
        );
      }
    },
  };
}
