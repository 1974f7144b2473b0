/** Tells what lists of numbers in JSON are, by their length and by where the low and the high stand. */
import { fieldsOfList } from "./json-row.ts";

export const KRAKEN_FIELDS = 8;

const SHAPES: Readonly<Record<number, string>> = {
  6: "JSON rows",
  [KRAKEN_FIELDS]: "Kraken's answer",
  12: "Binance's klines",
};
/** Rows that are compared. */
const ROWS_MAX = 1000;

/** Where a row has its parts. Binance, Kraken and ccxt agree but for the volume. */
export interface Places {
  readonly shape: string;
  readonly length: number;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly volume: number;
}

/** `text` begins with rows. Null while none is whole; a sentence where nobody writes rows of such a length. */
export function placesOf(text: string): Places | string | null {
  const rows: (readonly string[])[] = [];
  for (const [, inner = ""] of text.matchAll(/\[([^[\]{}]*)\]/g)) {
    rows.push(fieldsOfList(inner) ?? []);
    if (rows.length === ROWS_MAX) break;
  }
  const [first] = rows;
  if (first === undefined) return null;
  const { length } = first;
  const shape = SHAPES[length];
  if (shape === undefined) {
    return `has ${length} fields; rows of 6 (ccxt, freqtrade, Coinbase), 8 (Kraken) and 12 (Binance) are taken`;
  }
  if (length === 6 && rows.every(isCoinbase)) {
    return { shape: "Coinbase's candles", length, low: 1, high: 2, open: 3, close: 4, volume: 5 };
  }
  return { shape, length, open: 1, high: 2, low: 3, close: 4, volume: length === KRAKEN_FIELDS ? 6 : 5 };
}

/** Seconds, and the low before the high. Where a row fits both orders, its open is its low, and both give one candle. */
function isCoinbase([time = "", ...texts]: readonly string[]): boolean {
  const [low = Number.NaN, high = Number.NaN, open = Number.NaN, close = Number.NaN] = texts.map(Number);
  return /^\d{9,11}$/.test(time) && low <= Math.min(open, close) && high >= Math.max(open, close);
}
