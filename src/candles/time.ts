/** The times of candle files, as epoch milliseconds. */
import { readTime, readUtcTime } from "../core/text/time-text.ts";
import { candleNumber, shown } from "./number.ts";

const DIGITS = /^\d{9,20}(?:\.0*)?$/;
const EARLIEST_MS = 100_000_000_000;
const LATEST_MS = Date.parse("2200-01-01T00:00:00Z");

/** Reads one file's times. It keeps the day that it read last: neighbours share it. */
export class TimeReader {
  /** Some time had no zone, and was read as UTC. */
  zoneless = false;
  #day = "";
  #dayMs = Number.NaN;

  /** NaN where the text is no time of the years 1973 to 2199 in whole milliseconds: `timeFault` says why. */
  read(text: string): number {
    const code = text.charCodeAt(4);
    const ms = code === 45 ? this.#fromIso(text) : fromEpoch(text);
    return ms >= EARLIEST_MS && ms < LATEST_MS ? ms : Number.NaN;
  }

  /** "2025-01-01 00:05:00" with or without a zone of UTC is read here; all other forms by the general reader. */
  #fromIso(text: string): number {
    const { length } = text;
    const second = length >= 19 ? secondOf(text) : Number.NaN;
    const zone = length === 19 ? "" : text.slice(19);
    const isUtc = zone === "Z" || zone === "+00:00" || zone === " UTC" || zone === "+0000";
    if (Number.isNaN(second) || !(isUtc || zone === "")) return this.#general(text);
    const day = text.slice(0, 10);
    if (day !== this.#day) {
      const read = readUtcTime(day);
      if (read.kind !== "ok") return Number.NaN;
      this.#day = day;
      this.#dayMs = read.ms;
    }
    if (zone === "") this.zoneless = true;
    return this.#dayMs + second * 1000;
  }

  #general(text: string): number {
    const plain = withClock(text.replace(/ ?(?:UTC|GMT)$/, "Z"));
    const zoned = readTime(plain);
    if (zoned.kind === "ok") return zoned.ms;
    const read = readUtcTime(plain);
    if (read.kind !== "ok") return Number.NaN;
    this.zoneless = true;
    return read.ms;
  }
}

/** CryptoDataDownload's older hours: "2020-01-01 12-AM" is midnight. Other texts stay. */
function withClock(text: string): string {
  const [, day, hour, half] = /^(\S+) (0[1-9]|1[0-2])-([AP])M$/.exec(text) ?? [];
  if (hour === undefined) return text;
  const clock = (Number(hour) % 12) + (half === "P" ? 12 : 0);
  return `${day} ${String(clock).padStart(2, "0")}:00:00`;
}

/** The second of the day in "2025-01-01 00:05:00…"; NaN where the text has another form. */
function secondOf(text: string): number {
  const mark = text.charCodeAt(10);
  if ((mark !== 32 && mark !== 84) || text.charCodeAt(13) !== 58 || text.charCodeAt(16) !== 58) return Number.NaN;
  const hour = twoDigits(text, 11);
  const minute = twoDigits(text, 14);
  const second = twoDigits(text, 17);
  return hour < 24 && minute < 60 && second < 60 ? hour * 3600 + minute * 60 + second : Number.NaN;
}

function twoDigits(text: string, at: number): number {
  const tens = text.charCodeAt(at) - 48;
  const ones = text.charCodeAt(at + 1) - 48;
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : Number.NaN;
}

/**
 * Seconds, milliseconds, microseconds or nanoseconds since 1970: each unit has its own number of digits from 1973 on. So a
 * file may change its unit, as the dumps of Binance did in 2025.
 */
function fromEpoch(text: string): number {
  let digits = text;
  if (!DIGITS.test(text)) {
    // pandas writes 1.50454158e+12 and 1504541580.0.
    const plain = /[.eE]/.test(text) ? candleNumber(text) : null;
    if (plain === null || !DIGITS.test(plain)) return Number.NaN;
    digits = plain;
  }
  const point = digits.indexOf(".");
  if (point !== -1) digits = digits.slice(0, point);
  const { length } = digits;
  if (length <= 11) return Number(digits) * 1000;
  if (length <= 14) return Number(digits);
  // Nanoseconds don't fit a float: the digits below a millisecond must be zeros, and are cut as text.
  const cut = length <= 17 ? 3 : 6;
  return /^0+$/.test(digits.slice(-cut)) ? Number(digits.slice(0, -cut)) : Number.NaN;
}

/** What is wrong with a text that `TimeReader.read` refused. */
export function timeFault(text: string): string {
  if (text.trim() === "") return "is empty";
  if (/^\d{15,20}$/.test(text)) return `is ${text}, which is no whole number of milliseconds`;
  if (/^-?\d{1,8}(?:\.\d*)?$/.test(text)) return `is ${shown(text)}, which is before 1973 in any unit`;
  const forms = "an ISO time with year, month and day in that order, or seconds, ms, µs or ns since 1970";
  return `is "${shown(text)}", not a time from 1973 to 2199: ${forms}`;
}
