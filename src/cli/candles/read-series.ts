/** Reads one series from its files, in order and checked, whatever order the files have. */
import { join } from "node:path";
import type { Facts } from "../../candles/facts.ts";
import { FileReader } from "../../candles/file-reader.ts";
import { CandleFault, type Row } from "../../candles/row.ts";
import { OutOfOrder, SeriesCheck, type SeriesRules } from "../../candles/series.ts";
import { Sorter } from "../../candles/sorter.ts";
import { ScratchFile } from "./scratch-file.ts";
import type { FileSeries, SurveyedFile } from "./survey.ts";

/** Where a series goes. */
export interface CandleSink {
  add(row: Row): void;
  /** Called after every row; waits where too much has come together. */
  settle(): Promise<void> | undefined;
  /** All that came so far was in a wrong order, and comes again. */
  reset(): Promise<void>;
}

export interface ReadOptions {
  readonly fill: boolean;
  readonly acceptJumps: boolean;
  /** For what does not fit into memory. */
  readonly scratch: string;
  readonly signal: AbortSignal;
  readonly onBytes: (bytes: number) => void;
}

export interface ReadSeries {
  readonly check: SeriesCheck;
  /** One a file, in their order. */
  readonly facts: readonly Facts[];
  readonly sorted: boolean;
}

/** Throws a CandleFault with the faults of every file of the series. */
export async function readSeries(series: FileSeries, sink: CandleSink, options: ReadOptions): Promise<ReadSeries> {
  if (series.files.every((file) => !file.goesBack)) {
    try {
      return await readInOrder(series, sink, options);
    } catch (error) {
      if (!(error instanceof OutOfOrder)) throw error;
      await sink.reset();
    }
  }
  return await readSorted(series, sink, options);
}

function rulesOf({ symbol, intervalSeconds }: FileSeries, { fill, acceptJumps }: ReadOptions): SeriesRules {
  return { symbol, intervalSeconds, fill, acceptJumps };
}

async function readInOrder(series: FileSeries, sink: CandleSink, options: ReadOptions): Promise<ReadSeries> {
  const check = new SeriesCheck(rulesOf(series, options));
  const emit = (row: Row) => sink.add(row);
  const facts: Facts[] = [];
  for (const file of series.files) {
    const read = await readRows(series, file, options, async (rows) => {
      for (const row of rows) {
        check.add(row, file.place, emit);
        const waits = sink.settle();
        if (waits !== undefined) await waits;
      }
    });
    facts.push(read);
  }
  return { check, facts, sorted: false };
}

async function readSorted(series: FileSeries, sink: CandleSink, options: ReadOptions): Promise<ReadSeries> {
  const check = new SeriesCheck(rulesOf(series, options));
  const emit = (row: Row) => sink.add(row);
  const sorter = new Sorter(() => ScratchFile.create(join(options.scratch, "sorting")));
  try {
    const facts: Facts[] = [];
    for (const [index, file] of series.files.entries()) {
      facts.push(await readRows(series, file, options, (rows) => sorter.add(rows, index)));
    }
    for await (const rows of sorter.sorted()) {
      options.signal.throwIfAborted();
      for (const { row, file } of rows) {
        const from = series.files[file];
        if (from === undefined) throw new Error("a row of a file that is not the series'");
        check.add(row, from.place, emit);
        const waits = sink.settle();
        if (waits !== undefined) await waits;
      }
    }
    return { check, facts, sorted: true };
  } finally {
    await sorter.close();
  }
}

async function readRows(
  { symbol }: FileSeries,
  { input }: SurveyedFile,
  { signal, onBytes }: ReadOptions,
  take: (rows: readonly Row[]) => Promise<void>,
): Promise<Facts> {
  const reader = new FileReader(input.name, symbol.split("-")[0] ?? null);
  for await (const bytes of input.read(onBytes)) {
    signal.throwIfAborted();
    await take(reader.push(bytes));
  }
  await take(reader.end());
  if (reader.facts.rows === reader.facts.openCandles) {
    throw new CandleFault(`${input.name}: has no candle that is closed`);
  }
  return reader.facts;
}
