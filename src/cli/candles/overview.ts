/** `candles list` and `candles check`: what a folder has, and whether a tournament can run on it. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Table from "cli-table3";
import { reportNotes, type SeriesReport, seriesReport } from "../../candles/report.ts";
import { CandleFault, type Row } from "../../candles/row.ts";
import { gapSentence } from "../../candles/series.ts";
import { timeText } from "../../markets/intervals.ts";
import type { ImportIo } from "./import.ts";
import { unusedText } from "./import.ts";
import { findInputs, type Unused } from "./inputs.ts";
import { type CandleSink, readSeries } from "./read-series.ts";
import { surveyFiles } from "./survey.ts";

export interface Overview {
  readonly series: readonly SeriesReport[];
  readonly unused: readonly Unused[];
  /** Sentences on what keeps a tournament from running on all of it: faults and gaps. */
  readonly faults: readonly string[];
}

/** Candles that are only counted. */
const nowhere: CandleSink = { add: (_: Row) => {}, settle: () => undefined, reset: async () => {} };

/** Throws a CandleFault when there is no such folder. Faults of files come back in the overview. */
export async function overviewOf(folder: string, { signal, onProgress }: ImportIo): Promise<Overview> {
  await using found = await findInputs([folder]);
  const faults: string[] = [];
  const given = { symbol: null, intervalSeconds: null };
  const way = (file: string, needs: string) => `npm run candles -- import ${file} ${needs} says it`;
  const series: SeriesReport[] = [];
  const unused: Unused[] = [...found.unused];
  const surveys = [];
  for (const input of found.inputs) {
    try {
      surveys.push(await surveyFiles([input], { ...given, way }));
    } catch (error) {
      if (!(error instanceof CandleFault)) throw error;
      faults.push(...error.sentences);
    }
  }
  unused.push(...surveys.flatMap((survey) => survey.unused));
  const groups = Map.groupBy(
    surveys.flatMap((survey) => survey.series),
    (each) => `${each.symbol} ${each.intervalSeconds}`,
  );
  const total = found.inputs.reduce((sum, { bytes }) => sum + bytes, 0);
  let done = 0;
  const onBytes = (bytes: number) => {
    done += bytes;
    onProgress(Math.min(done, total), total);
  };
  const scratch = await mkdtemp(join(tmpdir(), "agonus-candles-"));
  try {
    for (const [first, ...others] of groups.values()) {
      if (first === undefined) continue;
      const files = [first, ...others].flatMap((each) => each.files).sort((a, b) => a.firstOpenAt - b.firstOpenAt);
      const whole = { ...first, files };
      try {
        const read = await readSeries(whole, nowhere, { fill: false, acceptJumps: false, scratch, signal, onBytes });
        const names = files.map(({ input }) => input.name);
        series.push(seriesReport(whole, names, read));
        const { gaps, gapCandles, gapCount } = read.check;
        if (gapCount > 0) faults.push(gapSentence(first.symbol, first.intervalSeconds, gaps, gapCandles, gapCount));
      } catch (error) {
        if (!(error instanceof CandleFault)) throw error;
        faults.push(...error.sentences);
      }
    }
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
  series.sort((a, b) => (a.symbol < b.symbol ? -1 : a.symbol > b.symbol ? 1 : a.candles - b.candles));
  return { series, unused, faults };
}

export function overviewText({ series, unused, faults }: Overview): string {
  const table = new Table({
    head: ["Symbol", "Interval", "Candles", "From", "To", "Gaps", "Notes"],
    colAligns: ["left", "right", "right", "left", "left", "right", "left"],
    style: { head: [], border: [], compact: true },
  });
  for (const each of series) {
    table.push([
      each.symbol,
      each.interval,
      each.candles.toLocaleString("en-US"),
      timeText(Date.parse(each.first_open_at)),
      timeText(Date.parse(each.last_open_at)),
      each.gaps.toLocaleString("en-US"),
      reportNotes({ ...each, gaps: 0 }).join("; "),
    ]);
  }
  const shown = series.length > 0 ? [table.toString()] : ["There are no candles."];
  return [...shown, ...unused.map(unusedText), ...faults].join("\n");
}
