/** Names of candle intervals as they stand in file names and on the command line, and their seconds. */
export const intervalSeconds = {
  "1m": 60,
  "3m": 180,
  "5m": 300,
  "15m": 900,
  "30m": 1_800,
  "1h": 3_600,
  "2h": 7_200,
  "4h": 14_400,
  "6h": 21_600,
  "8h": 28_800,
  "12h": 43_200,
  "1d": 86_400,
  "3d": 259_200,
  "1w": 604_800,
} as const;

/** For sentences: "1m, 3m, … or 1w". */
export const intervalNames = Object.keys(intervalSeconds)
  .join(", ")
  .replace(/, (?=\w+$)/, " or ");

const known: ReadonlySet<number> = new Set(Object.values(intervalSeconds));

/** Whether candles of so many seconds are taken. */
export function isCandleInterval(seconds: number): boolean {
  return known.has(seconds);
}

const unitSeconds: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400, w: 604_800 };

/** Seconds of "30s", "5m", "4h", "1d" or "1w" (any whole count up to 6 digits); null when it isn't one. */
export function parseInterval(text: string): number | null {
  const match = /^([1-9]\d{0,5})([smhdw])$/.exec(text);
  const unit = unitSeconds[match?.[2] ?? ""];
  return unit === undefined ? null : Number(match?.[1]) * unit;
}

/** The shortest name of as many seconds: 300 → "5m", 90 → "90s". */
export function intervalText(seconds: number): string {
  for (const [unit, size] of [
    ["w", 604_800],
    ["d", 86_400],
    ["h", 3_600],
    ["m", 60],
  ] as const) {
    if (seconds % size === 0) return `${seconds / size}${unit}`;
  }
  return `${seconds}s`;
}

/** "2025-06-01 00:05 UTC", with seconds where there are any. Epoch milliseconds in. */
export function timeText(ms: number): string {
  const date = new Date(ms);
  if (Number.isNaN(date.getTime())) return String(ms);
  const iso = date.toISOString();
  const end = ms % 1_000 !== 0 ? 23 : ms % 60_000 !== 0 ? 19 : 16;
  return `${iso.slice(0, 10)} ${iso.slice(11, end)} UTC`;
}
