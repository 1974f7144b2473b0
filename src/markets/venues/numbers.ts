/** Reads the numbers of a venue's answer: decimals as their own text, times as milliseconds. Pure. */
import type { Candle } from "../../core/candle.ts";
import { decimal } from "../../core/money.ts";
import { BadAnswer } from "./faults.ts";
import { type CandleRow, isBad } from "./venue.ts";

/** At most 20 digits before and 18 after the point. */
const DECIMAL = /^\d{1,20}(\.\d{1,18})?$/;

/** The text of a decimal that is not negative. Places are never cut: a price with too many is refused. */
export function decimalOf(value: unknown, what: string): string {
  if (typeof value === "string" && DECIMAL.test(value)) return value;
  throw new BadAnswer("doubtful", `sent a ${what} that is no decimal`);
}

/** A price: a decimal above zero. */
function priceOf(value: unknown, what: string): string {
  const price = decimalOf(value, what);
  if (/[1-9]/.test(price)) return price;
  throw new BadAnswer("doubtful", `sent a ${what} of zero`);
}

/** A whole number that came as a JSON number or as text. */
export function wholeOf(value: unknown, what: string): number {
  if (typeof value === "string" && /^\d{1,16}$/.test(value)) return Number(value);
  throw new BadAnswer("garbled", `sent a ${what} that is no whole number`);
}

export function listOf(value: unknown, what: string): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw new BadAnswer("garbled", `sent no list of ${what}`);
}

export function recordOf(value: unknown, what: string): Readonly<Record<string, unknown>> {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return { ...value };
  throw new BadAnswer("garbled", `sent no ${what}`);
}

export function textOf(value: unknown, what: string): string {
  if (typeof value === "string" && value !== "") return value;
  throw new BadAnswer("garbled", `sent no ${what}`);
}

/** ISO with any number of digits behind the second, as epoch milliseconds. */
export function isoMs(value: unknown, what: string): number {
  const ms = typeof value === "string" ? Date.parse(value.replace(/(\.\d{3})\d+/, "$1")) : Number.NaN;
  if (!Number.isNaN(ms)) return ms;
  throw new BadAnswer("garbled", `sent a ${what} that is no time`);
}

type RowTexts = Readonly<Record<"open" | "high" | "low" | "close" | "volume", unknown>>;

/** The candle of a row, or what is wrong with it: zero, null, a high that is not the highest. */
export function rowOf(openAt: number, row: RowTexts): CandleRow {
  try {
    return candleOf(openAt, row);
  } catch (error) {
    if (!(error instanceof BadAnswer)) throw error;
    return { openAt, says: error.message };
  }
}

function candleOf(openAt: number, row: RowTexts): Candle {
  const open = priceOf(row.open, "candle's open");
  const high = priceOf(row.high, "candle's high");
  const low = priceOf(row.low, "candle's low");
  const close = priceOf(row.close, "candle's close");
  const [top, bottom] = [decimal(high), decimal(low)];
  for (const price of [open, close, low].map(decimal)) {
    if (price.gt(top)) throw new BadAnswer("doubtful", "sent a candle whose high is not its highest price");
    if (price.lt(bottom)) throw new BadAnswer("doubtful", "sent a candle whose low is not its lowest price");
  }
  return { openAt, open, high, low, close, volume: decimalOf(row.volume, "candle's volume") };
}

/** Rounds a volume down to a step such as "0.00000001". */
export function volumeIn(step: string, volume: string): string {
  const size = decimal(step);
  if (size.lte(decimal("0"))) return volume;
  return decimal(volume).div(size).round(0, 0).times(size).toFixed();
}

/** Oldest first, one row for each opening time. A time that stands twice with other values can't be believed. */
export function sorted(rows: readonly CandleRow[]): CandleRow[] {
  const byTime = new Map<number, CandleRow>();
  for (const row of rows) {
    const other = byTime.get(row.openAt);
    const doubled = other && !isBad(other) && !isBad(row) && !sameCandle(other, row);
    byTime.set(row.openAt, doubled ? { openAt: row.openAt, says: "sent a candle twice with other values" } : row);
  }
  return [...byTime.values()].sort((a, b) => a.openAt - b.openAt);
}

export function sameCandle(a: Candle, b: Candle): boolean {
  const same = (key: "open" | "high" | "low" | "close") => decimal(a[key]).eq(decimal(b[key]));
  return same("open") && same("high") && same("low") && same("close");
}
