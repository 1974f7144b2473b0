/** One row of a candle file, checked by itself: its numbers are numbers, and its prices stand in their order. */
import { decimal } from "../core/money.ts";
import { candleNumber, numberFault } from "./number.ts";

export interface Row {
  /** Epoch milliseconds. */
  readonly openAt: number;
  /** Decimal text in its one form: see number.ts. */
  readonly open: string;
  readonly high: string;
  readonly low: string;
  readonly close: string;
  readonly volume: string;
  readonly filled: boolean;
  /** The line of the file, from 1. In JSON the row, from 1. */
  readonly line: number;
}

/** A file, or some of them, can't be used: each sentence names the file and, where there is one, the line. */
export class CandleFault extends Error {
  override readonly name = "CandleFault";
  readonly sentences: readonly string[];
  constructor(...sentences: readonly string[]) {
    super(sentences.join("\n"));
    this.sentences = sentences;
  }
}

export interface RowTexts {
  readonly open: string;
  readonly high: string;
  readonly low: string;
  readonly close: string;
  readonly volume: string;
}

/** The row, or what is wrong with it as the end of a sentence: "open is empty". */
export function checkedRow(openAt: number, line: number, texts: RowTexts, filled: boolean): Row | string {
  const open = candleNumber(texts.open);
  const high = candleNumber(texts.high);
  const low = candleNumber(texts.low);
  const close = candleNumber(texts.close);
  const volume = candleNumber(texts.volume);
  if (open === null || high === null || low === null || close === null || volume === null) return badNumber(texts);
  if (open === "0" || high === "0" || low === "0" || close === "0") return badPrice({ open, high, low, close });
  if (!inOrder(open, high, low, close)) return badOrder({ open, high, low, close });
  return { openAt, open, high, low, close, volume, filled, line };
}

/** Each text is made a number once. Only equal floats of different texts need the decimals. */
function inOrder(open: string, high: string, low: string, close: string): boolean {
  const [o, h, l, c] = [Number(open), Number(high), Number(low), Number(close)];
  if (o < l || c < l || h < o || h < c) return false;
  const isClear =
    (o > l || open === low) && (c > l || close === low) && (h > o || high === open) && (h > c || high === close);
  return isClear || !(below(open, low) || below(close, low) || below(high, open) || below(high, close));
}

function badNumber(texts: RowTexts): string {
  const names = ["open", "high", "low", "close", "volume"] as const;
  const name = names.find((each) => candleNumber(texts[each]) === null) ?? "open";
  return `${name} ${numberFault(texts[name])}`;
}

type Prices = Readonly<Record<"open" | "high" | "low" | "close", string>>;

function badPrice(prices: Prices): string {
  const [name = "open"] = Object.entries(prices).find(([, value]) => value === "0") ?? [];
  return `${name} is 0; a price must be above zero`;
}

function badOrder({ open, high, low, close }: Prices): string {
  if (below(high, low)) return `high ${high} is below low ${low}`;
  for (const [name, value] of [
    ["open", open],
    ["close", close],
  ] as const) {
    if (below(high, value)) return `high ${high} is below ${name} ${value}`;
    if (below(value, low)) return `low ${low} is above ${name} ${value}`;
  }
  return "its prices contradict each other";
}

/** Whether a < b, exactly. Floats never reverse the order of two decimals, so only equal floats need the decimals. */
export function below(a: string, b: string): boolean {
  const x = Number(a);
  const y = Number(b);
  return x === y && a !== b ? decimal(a).lt(decimal(b)) : x < y;
}

/** Whether a > times × b, exactly. */
export function exceeds(a: string, b: string, times: number): boolean {
  const x = Number(a);
  const y = Number(b) * times;
  const isClear = Math.abs(x - y) > y * 1e-12;
  return isClear ? x > y : decimal(a).gt(decimal(b).times(decimal(String(times))));
}
