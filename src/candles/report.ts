/** What an import did, as its report says it. */
import { intervalText } from "../markets/intervals.ts";
import type { Facts } from "./facts.ts";
import type { SeriesCheck } from "./series.ts";

export interface SeriesReport {
  readonly symbol: string;
  /** "5m" */
  readonly interval: string;
  readonly candles: number;
  /** ISO times. */
  readonly first_open_at: string;
  readonly last_open_at: string;
  readonly files: readonly string[];
  /** "CSV with a header", "Binance dump", … */
  readonly shapes: readonly string[];
  /** Candles that stood there twice with the same values. */
  readonly duplicates: number;
  readonly filled: number;
  readonly gaps: number;
  readonly missing: number;
  /** Rows whose two volumes had changed places. */
  readonly swapped_volumes: number;
  /** Rows of zeros at the end of a file. */
  readonly zero_rows: number;
  /** Newest candles of an answer, which were still open. */
  readonly open_candles: number;
  readonly jumps: number;
  /** Times without a zone were read as UTC. */
  readonly assumed_utc: boolean;
  /** The files were not in the order of time. */
  readonly sorted: boolean;
}

/** `check` has read at least one candle. */
export function seriesReport(
  { symbol, intervalSeconds }: { readonly symbol: string; readonly intervalSeconds: number },
  files: readonly string[],
  { check, facts, sorted }: { readonly check: SeriesCheck; readonly facts: readonly Facts[]; readonly sorted: boolean },
): SeriesReport {
  const sum = (count: (each: Facts) => number) => facts.reduce((all, each) => all + count(each), 0);
  return {
    symbol,
    interval: intervalText(intervalSeconds),
    candles: check.candles,
    first_open_at: new Date(check.firstOpenAt ?? 0).toISOString(),
    last_open_at: new Date(check.lastOpenAt ?? 0).toISOString(),
    files,
    shapes: [...new Set(facts.map(({ shape }) => shape))],
    duplicates: check.duplicates,
    filled: check.filled,
    gaps: check.gapCount,
    missing: check.gapCandles,
    swapped_volumes: sum(({ swapped }) => swapped),
    zero_rows: sum(({ zeroRows }) => zeroRows),
    open_candles: sum(({ openCandles }) => openCandles),
    jumps: check.jumps,
    assumed_utc: facts.some(({ zoneless }) => zoneless),
    sorted,
  };
}

type Noted = Omit<
  SeriesReport,
  "symbol" | "interval" | "candles" | "first_open_at" | "last_open_at" | "files" | "shapes"
>;

/** What is remarkable in a report, a clause each: "2 candles stood there twice". */
export function reportNotes(report: Noted): string[] {
  const notes: string[] = [];
  const { missing } = report;
  const note = (count: number, one: string, many: string) => {
    if (count > 0) notes.push(count === 1 ? one : `${count.toLocaleString("en-US")} ${many}`);
  };
  note(report.gaps, `1 gap (${missing} missing)`, `gaps (${missing.toLocaleString("en-US")} missing)`);
  note(report.filled, "1 filled candle", "filled candles");
  note(report.duplicates, "1 candle stood there twice", "candles stood there twice");
  note(report.swapped_volumes, "1 row with swapped volumes, put back", "rows with swapped volumes, put back");
  note(report.zero_rows, "a last row of zeros left out", "last rows of zeros left out");
  note(
    report.open_candles,
    "the last candle left out, which was still open",
    "last candles left out, which were still open",
  );
  note(report.jumps, "1 price jump accepted", "price jumps accepted");
  if (report.assumed_utc) notes.push("times without a zone were read as UTC");
  if (report.sorted) notes.push("sorted by time");
  return notes;
}
