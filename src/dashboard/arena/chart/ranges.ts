/** The time spans that a chart offers. Pure. */
export type Range = "all" | "day" | "hour" | "quarter";

export const rangeSeconds: Readonly<Record<Range, number | null>> = {
  all: null,
  day: 86_400,
  hour: 3_600,
  quarter: 900,
};

const labels: readonly (readonly [Range, string])[] = [
  ["all", "ALL"],
  ["day", "24h"],
  ["hour", "1h"],
  ["quarter", "15m"],
];

/** A span that is longer than all there is would change nothing, so it can't be chosen. `seconds`: how long the whole curve is. */
export function rangeOptions(seconds: number) {
  return labels.map(([value, label]) => {
    const span = rangeSeconds[value];
    const disabled = span !== null && span >= seconds;
    return { value, label, disabled, ...(disabled ? { title: `The curve is shorter than ${label}` } : {}) };
  });
}
