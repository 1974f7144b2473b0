/** The text of one candle file (`BTC-USDT.5m.csv`) to candles, or to sentences that name file and line. Pure. */
import { decimal } from "../core/money.ts";
import { decimalText } from "../core/rules.ts";
import type { Candle } from "../strategies/strategy.ts";
import { intervalText, timeText } from "./intervals.ts";

const CANDLE_COLUMNS = ["open_time", "open", "high", "low", "close", "volume"] as const;
const HEADER = CANDLE_COLUMNS.join(",");
/** A broken file has thousands of bad lines: the first few say what is wrong. */
const MAX_ERRORS = 5;
/** Before the year 2001 in milliseconds: a time that small was most likely written in seconds. */
const EARLIEST_MS = 1_000_000_000_000;

export type CandleFileResult =
  | { readonly kind: "ok"; readonly candles: readonly Candle[] }
  | { readonly kind: "bad"; readonly errors: readonly string[] };

/**
 * Reads `text` as candles of `intervalSeconds`, oldest first and without a gap. Prices and volumes stay the text that
 * they are. CRLF, a BOM and blank lines at the end are fine.
 */
export function parseCandleFile(fileName: string, text: string, intervalSeconds: number): CandleFileResult {
  const lines = text.replace(/^\uFEFF/, "").split(/\r\n|\n|\r/);
  while (lines.length > 0 && lines.at(-1)?.trim() === "") lines.pop();

  const header = lines[0];
  if (header === undefined)
    return { kind: "bad", errors: [`${fileName}: is empty; its first line must be "${HEADER}"`] };
  if (header.trim() !== HEADER) {
    return {
      kind: "bad",
      errors: [`${fileName} line 1: expected the header "${HEADER}" but found "${shown(header)}"`],
    };
  }
  if (lines.length === 1) return { kind: "bad", errors: [`${fileName}: has a header but no candles`] };

  const candles: Candle[] = [];
  const errors: string[] = [];
  let previousMs: number | null = null;
  for (const [index, line] of lines.entries()) {
    if (index === 0) continue;
    const row = parseLine(line);
    const problem = typeof row === "string" ? row : timeProblem(row.openAt, previousMs, intervalSeconds);
    // After a line that can't be read, no time is expected: the next line would be accused of its fault.
    previousMs = typeof row === "string" ? null : row.openAt;
    if (typeof row !== "string") candles.push(row);
    if (problem === null) continue;
    if (errors.length === MAX_ERRORS) {
      errors.push(`${fileName}: more errors after line ${index}, not listed`);
      break;
    }
    errors.push(`${fileName} line ${index + 1}: ${problem}`);
  }
  return errors.length > 0 ? { kind: "bad", errors } : { kind: "ok", candles };
}

/** One line's candle, or what is wrong with it. */
function parseLine(line: string): Candle | string {
  const fields = line.split(",").map((field) => field.trim());
  const [time, open, high, low, close, volume] = fields;
  if (
    time === undefined ||
    open === undefined ||
    high === undefined ||
    low === undefined ||
    close === undefined ||
    volume === undefined ||
    fields.length !== CANDLE_COLUMNS.length
  ) {
    return line.trim() === ""
      ? "is blank"
      : `expected ${CANDLE_COLUMNS.length} fields (${HEADER}) but found ${fields.length}`;
  }
  if (!/^\d{1,15}$/.test(time)) return `open_time is "${shown(time)}", not whole milliseconds`;
  const prices = { open, high, low, close };
  for (const [name, value] of Object.entries({ ...prices, volume })) {
    if (!decimalText.safeParse(value).success) return `${name} is ${notANumber(value)}`;
  }
  for (const [name, value] of Object.entries(prices)) {
    if (/^[0.]+$/.test(value)) return `${name} is ${value}; a price must be above zero`;
  }
  for (const [name, value] of [
    ["low", low],
    ["open", open],
    ["close", close],
  ] as const) {
    if (below(high, value)) return `high ${high} is below ${name} ${value}`;
  }
  for (const [name, value] of [
    ["open", open],
    ["close", close],
  ] as const) {
    if (below(value, low)) return `low ${low} is above ${name} ${value}`;
  }
  return { openAt: Number(time), open, high, low, close, volume };
}

function timeProblem(openAt: number, previousMs: number | null, intervalSeconds: number): string | null {
  if (openAt < EARLIEST_MS) return `open_time ${openAt} is before 2001; it must be in milliseconds, not seconds`;
  const step = intervalSeconds * 1_000;
  if (openAt % step !== 0) {
    return `open_time ${openAt} (${timeText(openAt)}) is not a multiple of ${intervalText(intervalSeconds)}`;
  }
  if (previousMs === null || openAt === previousMs + step) return null;
  if (openAt === previousMs) return `open_time ${openAt} (${timeText(openAt)}) stands twice`;
  if (openAt < previousMs) {
    return `goes back in time: ${openAt} (${timeText(openAt)}) comes after ${previousMs} (${timeText(previousMs)})`;
  }
  const missing = (openAt - previousMs) / step - 1;
  const expected = previousMs + step;
  return (
    `expected ${expected} (${timeText(expected)}) but found ${openAt} (${timeText(openAt)}): ` +
    `${missing} ${missing === 1 ? "candle is" : "candles are"} missing`
  );
}

/** a < b, exactly: floats keep the order, so only those that are equal need the decimals. */
function below(a: string, b: string): boolean {
  const x = Number(a);
  const y = Number(b);
  return x === y && a !== b ? decimal(a).lt(decimal(b)) : x < y;
}

function notANumber(value: string): string {
  if (value === "") return "empty";
  if (/^-\d/.test(value)) return `${shown(value)}; it can't be negative`;
  return `"${shown(value)}", not a plain decimal number (at most 20 digits before and 12 after the point)`;
}

function shown(text: string): string {
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
