/** A folder of candle files as a tournament reads it: all of its series of one interval, or sentences on what isn't right. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { reportNotes, type SeriesReport, seriesReport } from "../../candles/report.ts";
import { CandleFault } from "../../candles/row.ts";
import type { Gap } from "../../candles/series.ts";
import { intervalText, timeText } from "../../markets/intervals.ts";
import { unusedText } from "./import.ts";
import { findInputs, type Unused } from "./inputs.ts";
import { type ReadSeries, readSeries } from "./read-series.ts";
import { CandleSpool } from "./spool.ts";
import { type FileSeries, surveyFiles } from "./survey.ts";

export interface FolderSeries {
  readonly symbol: string;
  readonly spool: CandleSpool;
  readonly report: SeriesReport;
  /** Epoch milliseconds. */
  readonly firstOpenAt: number;
  readonly lastOpenAt: number;
  readonly gaps: readonly Gap[];
}

export interface CandleFolder {
  readonly path: string;
  /** Sorted by symbol. */
  readonly series: readonly FolderSeries[];
  readonly intervalSeconds: number;
  readonly unused: readonly Unused[];
  /** What a user should know, a sentence each. */
  readonly notes: readonly string[];
  /** Removes what it holds on the disk. */
  close(): Promise<void>;
}

export interface FolderOptions {
  readonly fill: boolean;
  readonly acceptJumps: boolean;
  /** The rounds' interval. It picks one where the files have several. Null: not given. */
  readonly intervalSeconds: number | null;
  readonly signal: AbortSignal;
}

export type FolderResult =
  | { readonly kind: "ok"; readonly folder: CandleFolder }
  | { readonly kind: "bad"; readonly errors: readonly string[] };

/** Text of candles in memory; what is more goes to the disk. */
const MEMORY_CHARS = 24 * 1024 * 1024;

export async function readCandleFolder(path: string, options: FolderOptions): Promise<FolderResult> {
  const scratch = await mkdtemp(join(tmpdir(), "agonus-candles-"));
  const series: FolderSeries[] = [];
  const close = async () => {
    for (const { spool } of series) await spool.close();
    await rm(scratch, { recursive: true, force: true });
  };
  try {
    await using found = await findInputs([path]);
    const survey = await surveyFiles(found.inputs, { symbol: null, intervalSeconds: null, way });
    const unused: Unused[] = [...found.unused, ...survey.unused];
    const chosen = chooseInterval(path, survey.series, unused, options.intervalSeconds);
    const sentences: string[] = [];
    const budget = { charsLeft: MEMORY_CHARS };
    for (const each of chosen) {
      try {
        const spool = new CandleSpool(scratch, `${series.length}`, budget);
        const read = await readSeries(each, spool, { ...options, scratch, onBytes: () => {} });
        await spool.finish();
        const { firstOpenAt, lastOpenAt } = read.check;
        const report = seriesReport(
          each,
          each.files.map(({ input }) => input.name),
          read,
        );
        series.push({
          symbol: each.symbol,
          spool,
          report,
          firstOpenAt: firstOpenAt ?? 0,
          lastOpenAt: lastOpenAt ?? 0,
          gaps: gapsOf(read),
        });
      } catch (error) {
        if (!(error instanceof CandleFault)) throw error;
        sentences.push(...error.sentences);
      }
    }
    if (sentences.length > 0) throw new CandleFault(...sentences);
    const notes = [
      ...unused.map(unusedText),
      ...series.flatMap(({ symbol, report }) =>
        reportNotes({ ...report, gaps: 0 }).map((note) => `${symbol}: ${note}`),
      ),
    ];
    const intervalSeconds = chosen[0]?.intervalSeconds ?? 0;
    return { kind: "ok", folder: { path, series, intervalSeconds, unused, notes, close } };
  } catch (error) {
    await close();
    if (error instanceof CandleFault) return { kind: "bad", errors: error.sentences };
    throw error;
  }
}

/** The first gaps are listed one by one. Where there are very many, all that comes behind counts as one long gap. */
function gapsOf({ check }: ReadSeries): readonly Gap[] {
  const { gaps, gapCount, gapCandles, lastOpenAt } = check;
  const last = gaps.at(-1);
  if (last === undefined || gapCount === gaps.length) return gaps;
  const known = gaps.reduce((sum, gap) => sum + gap.candles, 0);
  return [...gaps, { from: last.from, to: lastOpenAt ?? last.to, candles: gapCandles - known, at: last.at }];
}

function way(file: string, needs: string): string {
  return `This says it, and the tournament then runs on the folder that it writes: npm run candles -- import ${quoted(file)} ${needs}`;
}

function quoted(path: string): string {
  return /^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
}

/** Candles of one interval and one quote currency. Of several intervals, --interval picks the one that it names. */
function chooseInterval(
  path: string,
  all: readonly FileSeries[],
  unused: Unused[],
  wanted: number | null,
): readonly FileSeries[] {
  const [first] = all;
  if (first === undefined) {
    const why = unused.slice(0, 5).map(({ file, reason }) => `${file} ${reason}`);
    throw new CandleFault(`${path}: there are no candles${why.length > 0 ? ` (${why.join("; ")})` : ""}`);
  }
  const isMixed = all.some(({ intervalSeconds }) => intervalSeconds !== first.intervalSeconds);
  const picked = isMixed ? all.filter(({ intervalSeconds }) => intervalSeconds === wanted) : all;
  const other = all.find(({ intervalSeconds }) => intervalSeconds !== first.intervalSeconds);
  if (picked.length === 0) {
    const interval = intervalText(first.intervalSeconds);
    throw new CandleFault(
      `${nameOf(first)} and ${nameOf(other)} differ in interval; --interval ${interval} takes those of ${interval} alone`,
    );
  }
  for (const each of all) {
    if (picked.includes(each)) continue;
    const reason = `has candles of ${intervalText(each.intervalSeconds)}, not of ${intervalText(wanted ?? 0)}`;
    unused.push(...each.files.map(({ input }) => ({ file: input.name, reason })));
  }
  const quoteOf = (symbol: string) => symbol.split("-")[1];
  const [one] = picked;
  const foreign = picked.find(({ symbol }) => one !== undefined && quoteOf(symbol) !== quoteOf(one.symbol));
  if (foreign !== undefined) {
    throw new CandleFault(
      `${nameOf(one)} and ${nameOf(foreign)} differ in quote currency; a tournament's cash is in one`,
    );
  }
  return picked;
}

function nameOf(series: FileSeries | undefined): string {
  return series?.files[0]?.input.name ?? "";
}

/** The span that all series have, or a sentence on why there is none. Epoch milliseconds. */
export function sharedSpan({
  series,
  intervalSeconds,
  path,
}: Pick<CandleFolder, "series" | "intervalSeconds" | "path">):
  | { readonly firstOpenAt: number; readonly lastOpenAt: number; readonly note: string | null }
  | string {
  const [first] = series;
  if (first === undefined) return `${path}: there are no candles`;
  const firstOpenAt = Math.max(...series.map((each) => each.firstOpenAt));
  const lastOpenAt = Math.min(...series.map((each) => each.lastOpenAt));
  const spanText = (each: FolderSeries) =>
    `${each.symbol} goes from ${timeText(each.firstOpenAt)} to ${timeText(each.lastOpenAt)}`;
  if (firstOpenAt > lastOpenAt)
    return `${path}: the symbols share no time: ${series.slice(0, 10).map(spanText).join("; ")}`;
  const off = series.find((each) => (each.firstOpenAt - first.firstOpenAt) % (intervalSeconds * 1000) !== 0);
  if (off !== undefined) {
    return `${path}: candles of ${first.symbol} and ${off.symbol} open at different times (${timeText(first.firstOpenAt)}, ${timeText(off.firstOpenAt)})`;
  }
  const longer = series.filter((each) => each.firstOpenAt < firstOpenAt || each.lastOpenAt > lastOpenAt);
  const shared = `All symbols have candles from ${timeText(firstOpenAt)} to ${timeText(lastOpenAt)}; the tournament runs on what they share`;
  return {
    firstOpenAt,
    lastOpenAt,
    note: longer.length === 0 ? null : `${shared}. ${longer.slice(0, 10).map(spanText).join("; ")}.`,
  };
}
