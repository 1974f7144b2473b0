/** Checks the candles of one symbol in their order: doubles, the grid, gaps, jumps. Fills gaps where that is asked for. */
import { intervalText, timeText } from "../markets/intervals.ts";
import { CandleFault, exceeds, type Row } from "./row.ts";

/** A price that is more than this many times its neighbour has most likely slipped from another column. */
const JUMP = 50;
/** A longer gap is most likely a wrong time. */
const FILL_MAX = 200_000;

/** The file of a row, for sentences: "BTC.csv line 7". */
export interface Place {
  readonly name: string;
  readonly unit: "line" | "row";
}

export interface Gap {
  /** Opening times of the first and the last missing candle, epoch milliseconds. */
  readonly from: number;
  readonly to: number;
  readonly candles: number;
  /** Where the next candle stands: "BTC.csv line 7". */
  readonly at: string;
}

export interface SeriesRules {
  readonly symbol: string;
  readonly intervalSeconds: number;
  readonly fill: boolean;
  readonly acceptJumps: boolean;
}

/** The series is not in its order: it has to be sorted first. No fault of the files. */
export class OutOfOrder extends Error {
  override readonly name = "OutOfOrder";
}

/** Gaps that are kept one by one; a series of many more is named by their number. */
const GAPS_KEPT = 10_000;

export class SeriesCheck {
  readonly gaps: Gap[] = [];
  gapCandles = 0;
  gapCount = 0;
  candles = 0;
  duplicates = 0;
  filled = 0;
  jumps = 0;
  firstOpenAt: number | null = null;
  lastOpenAt: number | null = null;
  readonly #rules: SeriesRules;
  readonly #stepMs: number;
  #last: Row | null = null;
  #lastPlace: Place = { name: "", unit: "line" };

  constructor(rules: SeriesRules) {
    this.#rules = rules;
    this.#stepMs = rules.intervalSeconds * 1000;
  }

  /** Passes rows on to `emit`, those of gaps among them. Throws a CandleFault, or OutOfOrder. */
  add(row: Row, place: Place, emit: (row: Row) => void): void {
    const last = this.#last;
    if (last !== null && row.openAt <= last.openAt) {
      if (row.openAt < last.openAt) throw new OutOfOrder();
      this.#double(row, place, last);
      return;
    }
    if (last === null) this.firstOpenAt = row.openAt;
    this.#checkGrid(row, place);
    this.#checkJump(row, place, last);
    if (last !== null && row.openAt !== last.openAt + this.#stepMs) this.#gap(row, place, last, emit);
    emit(row);
    this.candles++;
    if (row.filled) this.filled++;
    this.lastOpenAt = row.openAt;
    this.#last = row;
    this.#lastPlace = place;
  }

  #double(row: Row, place: Place, last: Row): void {
    const { open, high, low, close, volume, filled } = last;
    const isSame =
      row.open === open &&
      row.high === high &&
      row.low === low &&
      row.close === close &&
      row.volume === volume &&
      row.filled === filled;
    if (!isSame) {
      const at = `${row.openAt} (${timeText(row.openAt)})`;
      throw new CandleFault(
        `${placeText(place, row)}: ${at} stands in ${placeText(this.#lastPlace, last)} too, with other values: ${valuesText(last)} there, ${valuesText(row)} here`,
      );
    }
    this.duplicates++;
  }

  #checkGrid(row: Row, place: Place): void {
    const first = this.firstOpenAt ?? row.openAt;
    if ((row.openAt - first) % this.#stepMs === 0) return;
    const { intervalSeconds } = this.#rules;
    throw new CandleFault(
      `${placeText(place, row)}: ${row.openAt} (${timeText(row.openAt)}) is no whole number of ${intervalText(intervalSeconds)} after the first candle (${timeText(first)})`,
    );
  }

  #checkJump(row: Row, place: Place, last: Row | null): void {
    const leaps = exceeds(row.high, row.low, JUMP) || (last !== null && isJump(last, row));
    if (!leaps) return;
    if (this.#rules.acceptJumps) {
      this.jumps++;
      return;
    }
    const near = last === null ? "" : `, and ${placeText(this.#lastPlace, last)} closes at ${last.close}`;
    throw new CandleFault(
      `${placeText(place, row)}: its prices go from ${row.low} to ${row.high}${near}: a price more than ${JUMP} times its neighbour has most likely slipped from another column; --accept-jumps takes it`,
    );
  }

  #gap(row: Row, place: Place, last: Row, emit: (row: Row) => void): void {
    const from = last.openAt + this.#stepMs;
    const candles = (row.openAt - from) / this.#stepMs;
    const at = placeText(place, row);
    if (!this.#rules.fill) {
      this.gapCount++;
      this.gapCandles += candles;
      if (this.gaps.length < GAPS_KEPT) this.gaps.push({ from, to: row.openAt - this.#stepMs, candles, at });
      return;
    }
    if (candles > FILL_MAX) {
      throw new CandleFault(
        `${at}: ${candles} candles are missing before it (${timeText(from)} to ${timeText(row.openAt)}), more than ${FILL_MAX}; is its time right?`,
      );
    }
    const { close } = last;
    for (let openAt = from; openAt < row.openAt; openAt += this.#stepMs) {
      emit({ openAt, open: close, high: close, low: close, close, volume: "0", filled: true, line: 0 });
      this.candles++;
      this.filled++;
    }
  }
}

/** Whether a price is more than 50 times the close before it, or less than a 50th of it. */
function isJump(last: Row, row: Row): boolean {
  return exceeds(row.high, last.close, JUMP) || exceeds(last.close, row.low, JUMP);
}

function placeText({ name, unit }: Place, { line }: Row): string {
  return `${name} ${unit} ${line}`;
}

function valuesText({ open, high, low, close, volume }: Row): string {
  return [open, high, low, close, volume].join(",");
}

/** The sentence for gaps that were not asked to be filled. `gaps` has at least one. */
export function gapSentence(
  symbol: string,
  intervalSeconds: number,
  gaps: readonly Gap[],
  candles: number,
  count: number,
): string {
  const [first] = gaps;
  if (first === undefined) throw new Error("a sentence about gaps without a gap");
  const missing = first.candles === 1 ? "1 candle is missing" : `${first.candles} candles are missing`;
  const span = first.candles === 1 ? timeText(first.from) : `${timeText(first.from)} to ${timeText(first.to)}`;
  const all = count === 1 ? "" : `; ${candles} candles are missing in ${count} gaps in all`;
  return `${first.at}: before it ${missing} of ${symbol} ${intervalText(intervalSeconds)} (${span})${all}; --fill flat fills them with the last close and volume 0`;
}
