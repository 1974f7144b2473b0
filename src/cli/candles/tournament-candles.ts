/** The candles of a folder that a tournament runs on: no symbol has a gap in them. */
import { createHash } from "node:crypto";
import { basename, relative } from "node:path";
import { gapSentence } from "../../candles/series.ts";
import type { Candle } from "../../core/candle.ts";
import type { ImportedCandles } from "../../markets/create-source.ts";
import type { CandleFolder, FolderSeries } from "./folder.ts";

/** Epoch milliseconds; opening times, both included. */
interface Span {
  readonly from: number;
  readonly to: number;
}

/** A sentence for the first symbol with a gap in the span; null where there is none. */
export function gapWithin({ series, intervalSeconds }: CandleFolder, span: Span): string | null {
  for (const { symbol, gaps } of series) {
    const inside = gaps.filter((gap) => gap.to >= span.from && gap.from <= span.to);
    const missing = inside.reduce((sum, gap) => sum + gap.candles, 0);
    if (inside.length > 0) return gapSentence(symbol, intervalSeconds, inside, missing, inside.length);
  }
  return null;
}

/** The longest part of `shared` around `asked` without a gap in any symbol. `asked` has no gap. */
function wholePart({ series, intervalSeconds }: CandleFolder, shared: Span, asked: Span): Span {
  const stepMs = intervalSeconds * 1000;
  let { from, to } = shared;
  for (const gap of series.flatMap(({ gaps }) => gaps)) {
    if (gap.to < asked.from) from = Math.max(from, gap.to + stepMs);
    else if (gap.from > asked.to) to = Math.min(to, gap.from - stepMs);
  }
  return { from, to };
}

export async function tournamentCandles(folder: CandleFolder, shared: Span, asked: Span): Promise<ImportedCandles> {
  const { series, intervalSeconds, unused } = folder;
  const { from, to } = wholePart(folder, shared, asked);
  const hash = createHash("sha256");
  for (const { symbol, spool } of series) {
    hash.update(`${symbol} ${intervalSeconds}\n`);
    for await (const lines of spool.lines(from, to)) hash.update(`${lines.join("\n")}\n`);
  }
  return {
    symbols: series.map(({ symbol }) => symbol),
    intervalSeconds,
    firstOpenAt: from,
    lastOpenAt: to,
    contentHash: hash.digest("hex"),
    report: {
      series: series.map(({ report }) => ({
        ...report,
        files: report.files.map((file) => inFolder(folder.path, file)),
      })),
      unused: unused.map(({ file, reason }) => ({ file: inFolder(folder.path, file), reason })),
    },
    slices: (fromMs, intervals) => slicesOf(series, fromMs, to, intervals),
  };
}

/** The stored report is open to all: it has no path of this machine. */
function inFolder(folder: string, file: string): string {
  const path = relative(folder, file);
  return path === "" || path.startsWith("..") ? basename(file) : path;
}

/** Slices of `intervals` intervals, each with the candles of all symbols. No symbol has a gap. */
async function* slicesOf(
  series: readonly FolderSeries[],
  fromMs: number,
  toMs: number,
  intervals: number,
): AsyncGenerator<readonly (Candle & { readonly symbol: string })[]> {
  const cursors = series.map(({ symbol, spool }) => ({
    symbol,
    rest: spool.candles(fromMs, toMs),
    ready: [] as Candle[],
  }));
  for (;;) {
    const slice: (Candle & { symbol: string })[] = [];
    for (const cursor of cursors) {
      while (cursor.ready.length < intervals) {
        const next = await cursor.rest.next();
        if (next.done) break;
        cursor.ready.push(...next.value);
      }
      for (const candle of cursor.ready.splice(0, intervals)) slice.push({ symbol: cursor.symbol, ...candle });
    }
    if (slice.length === 0) return;
    yield slice;
  }
}
