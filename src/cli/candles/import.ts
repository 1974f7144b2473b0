/** Converts files of candles into our CSV, one a symbol and interval. All of them are written, or none. */
import { mkdir, mkdtemp, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { reportNotes, type SeriesReport, seriesReport } from "../../candles/report.ts";
import { CandleFault } from "../../candles/row.ts";
import { gapSentence } from "../../candles/series.ts";
import { intervalText, timeText } from "../../markets/intervals.ts";
import { CsvFile } from "./csv-file.ts";
import { findInputs, type Unused } from "./inputs.ts";
import { readSeries } from "./read-series.ts";
import { type FileSeries, surveyFiles } from "./survey.ts";

export interface ImportOptions {
  readonly files: readonly string[];
  readonly symbol: string | null;
  readonly intervalSeconds: number | null;
  readonly out: string;
  readonly fill: boolean;
  readonly acceptJumps: boolean;
}

export interface ImportReport {
  readonly series: readonly (SeriesReport & { readonly file: string })[];
  readonly unused: readonly Unused[];
}

export interface ImportIo {
  readonly signal: AbortSignal;
  /** `done` of `total` bytes of the input were read. */
  readonly onProgress: (done: number, total: number) => void;
}

const SCRATCH = ".candles-";

/** Throws a CandleFault with a sentence for every file and series that can't be used; then nothing was written. */
export async function importFiles(options: ImportOptions, io: ImportIo): Promise<ImportReport> {
  await using found = await findInputs(options.files);
  const survey = await surveyFiles(found.inputs, { ...options, way: importWay });
  if (survey.series.length === 0) throw new CandleFault(nothingIn(options.files, [...found.unused, ...survey.unused]));
  await mkdir(options.out, { recursive: true });
  await removeStale(options.out);
  const scratch = await mkdtemp(join(options.out, `${SCRATCH}${process.pid}-`));
  try {
    const total = survey.series.flatMap(({ files }) => files).reduce((sum, { input }) => sum + input.bytes, 0);
    let done = 0;
    const onBytes = (bytes: number) => {
      done += bytes;
      io.onProgress(Math.min(done, total), total);
    };
    const series: (SeriesReport & { file: string })[] = [];
    const sentences: string[] = [];
    for (const each of survey.series) {
      try {
        series.push(await importSeries(each, scratch, options, { ...io, onBytes }));
      } catch (error) {
        if (!(error instanceof CandleFault)) throw error;
        sentences.push(...error.sentences);
      }
    }
    if (sentences.length > 0) throw new CandleFault(...sentences);
    io.signal.throwIfAborted();
    for (const { file, symbol, interval } of series) await rename(join(scratch, fileName(symbol, interval)), file);
    return { series, unused: [...found.unused, ...survey.unused] };
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

async function importSeries(
  series: FileSeries,
  scratch: string,
  { out, fill, acceptJumps }: ImportOptions,
  io: { readonly signal: AbortSignal; readonly onBytes: (bytes: number) => void },
): Promise<SeriesReport & { file: string }> {
  const { symbol, intervalSeconds, files } = series;
  const name = fileName(symbol, intervalText(intervalSeconds));
  const withFilled = fill || files.some(({ facts }) => facts.hasFilled);
  const file = await CsvFile.create(join(scratch, name), withFilled);
  try {
    const read = await readSeries(series, file, { fill, acceptJumps, scratch, ...io });
    const { gaps, gapCandles, gapCount } = read.check;
    if (gaps.length > 0) throw new CandleFault(gapSentence(symbol, intervalSeconds, gaps, gapCandles, gapCount));
    await file.finish();
    const names = files.map(({ input }) => input.name);
    return { ...seriesReport(series, names, read), file: join(out, name) };
  } finally {
    await file.close();
  }
}

function fileName(symbol: string, interval: string): string {
  return `${symbol}.${interval}.csv`;
}

function importWay(_file: string, needs: string): string {
  return `Say it by ${needs}`;
}

function nothingIn(paths: readonly string[], unused: readonly Unused[]): string {
  const why = unused.slice(0, 5).map(({ file, reason }) => `${file} ${reason}`);
  return `${paths.join(", ")}: there are no candles${why.length > 0 ? ` (${why.join("; ")})` : ""}`;
}

/** A run that was killed could not clean up. */
async function removeStale(out: string): Promise<void> {
  for (const name of await readdir(out)) {
    const pid = name.startsWith(SCRATCH) ? Number(name.slice(SCRATCH.length).split("-")[0]) : Number.NaN;
    if (Number.isInteger(pid) && !isAlive(pid)) await rm(join(out, name), { recursive: true, force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}

/** The report for a reader. */
export function importText({ series, unused }: ImportReport): string {
  const lines = series.map((each) => {
    const { file, candles, first_open_at, last_open_at } = each;
    const span = `${timeText(Date.parse(first_open_at))} to ${timeText(Date.parse(last_open_at))}`;
    const notes = reportNotes(each).map((note) => `\n  ${note}`);
    return `${file}: ${candles.toLocaleString("en-US")} candles, ${span}${notes.join("")}`;
  });
  return [...lines, ...unused.map(unusedText)].join("\n");
}

export function unusedText({ file, reason }: Unused): string {
  return `${file}: not used: ${reason}`;
}
