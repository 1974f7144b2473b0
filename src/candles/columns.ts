/** Finds the columns of a candle in a header, or in the number of fields where there is none. */
import { shown } from "./number.ts";

/** A volume column that is named after its currency: "Volume BTC". */
interface NamedVolume {
  readonly at: number;
  /** Upper case. */
  readonly currency: string;
}

export interface Columns {
  readonly count: number;
  readonly time: number;
  /** Where the day and the time of day stand apart: the column of the time of day. */
  readonly clock: number | null;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  /** The base volume. Where two volumes are named after currencies, `volumes` decides. */
  readonly volume: number;
  readonly volumes: readonly [NamedVolume, NamedVolume] | null;
  /** Currencies that volume columns are named after, in upper case. */
  readonly currencies: readonly string[];
  readonly symbol: number | null;
  readonly filled: number | null;
}

const TIME_NAMES = [
  "open_time",
  "opentime",
  "unix",
  "unix_timestamp",
  "unix_time",
  "timestamp",
  "timestamp_ms",
  "open_timestamp",
  "start_time",
  "start",
  "time_open",
  "time_period_start",
  "epoch",
  "ts",
  "t",
  "datetime",
  "date_time",
  "time",
  "date",
];
const NAMES = {
  open: ["open", "o", "open_price", "price_open"],
  high: ["high", "h", "high_price", "price_high"],
  low: ["low", "l", "low_price", "price_low"],
  close: ["close", "c", "close_price", "price_close"],
} as const;
const VOLUME_NAMES = ["volume", "vol", "v", "base_volume", "volume_base", "volume_traded"];
const SYMBOL_NAMES = [
  "symbol",
  "pair",
  "market",
  "instrument",
  "instrument_id",
  "product",
  "product_id",
  "ticker",
  "currency_pair",
];
const CURRENCY_VOLUME = /^vol(?:ume)?_([\p{L}\p{N}]{1,20})$/u;

/** "Open Time" and "open.time" become "open_time". */
function plainName(text: string): string {
  const name = text.toLowerCase().replaceAll(/[\s._\-/()[\]:]+/g, "_");
  return name.slice(name.startsWith("_") ? 1 : 0, name.endsWith("_") ? -1 : undefined);
}

/** Columns by their names, in any order and case; or what is wrong with the header, to go behind "line 1: ". */
export function columnsOf(header: readonly string[]): Columns | string {
  const names = header.map(plainName);
  const missing: string[] = [];
  const double: string[] = [];
  const find = (role: string, wanted: readonly string[]): number => {
    const at = wanted.map((name) => names.indexOf(name)).find((index) => index !== -1) ?? -1;
    if (at === -1) missing.push(role);
    else if (names.indexOf(names[at] ?? "", at + 1) !== -1) double.push(header[at] ?? role);
    return at;
  };
  // pandas writes its index without a name.
  const time = find("time", names.includes("") ? [...TIME_NAMES, ""] : TIME_NAMES);
  const [open, high, low, close] = (["open", "high", "low", "close"] as const).map((role) => find(role, NAMES[role]));
  const volumes = namedVolumes(names);
  const volume =
    volumes === null ? find("volume", [...VOLUME_NAMES, ...names.filter(isCurrencyVolume)]) : volumes[0].at;
  if (missing.length > 0 || open === undefined || high === undefined || low === undefined || close === undefined) {
    return `the header has no column for ${missing.join(", ")}; it is "${shown(header.join(","))}"`;
  }
  if (double.length > 0) return `the header has two columns named "${shown(double.join(", "))}"`;
  // "Date" and "Time" apart: the day stands in the one, the time of day in the other.
  const apart = names[time] === "time" && names.includes("date");
  const currencies = names
    .filter(isCurrencyVolume)
    .flatMap((name) => CURRENCY_VOLUME.exec(name)?.[1]?.toUpperCase() ?? []);
  const orNull = (index: number) => (index === -1 ? null : index);
  const symbol = SYMBOL_NAMES.map((name) => names.indexOf(name)).find((index) => index !== -1) ?? null;
  const filled = orNull(names.indexOf("filled"));
  const times = apart ? { time: names.indexOf("date"), clock: time } : { time, clock: null };
  return { count: header.length, ...times, open, high, low, close, volume, volumes, currencies, symbol, filled };
}

function isCurrencyVolume(name: string): boolean {
  return CURRENCY_VOLUME.test(name) && !/_(?:usd_?)?(?:quote|currency|weighted|change)$/.test(name);
}

/** Two volumes that are named after currencies, where no column says which is the base's. */
function namedVolumes(names: readonly string[]): readonly [NamedVolume, NamedVolume] | null {
  if (names.some((name) => VOLUME_NAMES.includes(name))) return null;
  const found = names.flatMap((name, at) => {
    const currency = isCurrencyVolume(name) ? CURRENCY_VOLUME.exec(name)?.[1]?.toUpperCase() : undefined;
    return currency === undefined ? [] : [{ at, currency }];
  });
  const [one, other] = found;
  return one !== undefined && other !== undefined && found.length === 2 ? [one, other] : null;
}

/** Tells the format of a file without a header by its number of fields. */
export const shapesWithoutHeader: Readonly<Record<number, string>> = {
  6: "time, open, high, low, close, volume",
  7: "Kraken's time, open, high, low, close, volume, trades",
  12: "Binance's twelve",
};

/** Columns of rows without a header; null where no known dump has so many fields. */
export function bareColumns(count: number): Columns | null {
  if (!Object.hasOwn(shapesWithoutHeader, count)) return null;
  const places = { time: 0, open: 1, high: 2, low: 3, close: 4, volume: 5 };
  return { count, ...places, clock: null, volumes: null, currencies: [], symbol: null, filled: null };
}
