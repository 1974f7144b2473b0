/** The text of OpenMetrics 1.0: https://prometheus.io/docs/specs/om/open_metrics_spec/. Pure. */

export const OPEN_METRICS_TYPE = "application/openmetrics-text; version=1.0.0; charset=utf-8";

export type Labels = Readonly<Record<string, string>>;
export interface Sample {
  readonly labels: Labels;
  readonly value: number;
}
export interface Timing {
  readonly labels: Labels;
  /** Observations in each bucket alone, not summed up, by the bucket's upper bound. A bound that is missing has none. */
  readonly buckets: ReadonlyMap<number, number>;
  /** The sum of all observations, in the family's unit. */
  readonly sum: number;
}
interface Head {
  /** Ends with the unit. A counter's name has no `_total` here, and an info's no `_info`. */
  readonly name: string;
  readonly help: string;
  readonly unit?: "seconds";
}
export type Family =
  | (Head & { readonly type: "gauge" | "counter" | "info"; readonly samples: readonly Sample[] })
  | (Head & { readonly type: "histogram"; readonly bounds: readonly number[]; readonly timings: readonly Timing[] });

export function renderOpenMetrics(families: readonly Family[]): string {
  return `${families.flatMap(familyLines).join("\n")}\n# EOF\n`;
}

function familyLines(family: Family): string[] {
  const { name, type, help, unit } = family;
  const head = [
    `# TYPE ${name} ${type}`,
    ...(unit ? [`# UNIT ${name} ${unit}`] : []),
    `# HELP ${name} ${escaped(help)}`,
  ];
  if (family.type === "histogram") return [...head, ...family.timings.flatMap((timing) => timingLines(family, timing))];
  const suffix = { counter: "_total", info: "_info", gauge: "" }[family.type];
  return [...head, ...family.samples.map(({ labels, value }) => line(`${name}${suffix}`, labels, value))];
}

function timingLines({ name, bounds }: Extract<Family, { type: "histogram" }>, timing: Timing): string[] {
  let count = 0;
  const buckets = bounds.map((bound) => {
    count += timing.buckets.get(bound) ?? 0;
    return line(`${name}_bucket`, { ...timing.labels, le: number(bound, true) }, count);
  });
  return [...buckets, line(`${name}_count`, timing.labels, count), line(`${name}_sum`, timing.labels, timing.sum)];
}

function line(name: string, labels: Labels, value: number): string {
  const pairs = Object.entries(labels).map(([label, text]) => `${label}="${escaped(text)}"`);
  return `${name}${pairs.length > 0 ? `{${pairs.join(",")}}` : ""} ${number(value, false)}`;
}

/** Bounds are floats by their canonical text: "1.0", "+Inf". */
function number(value: number, bound: boolean): string {
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "+Inf" : "-Inf";
  return bound && Number.isInteger(value) ? value.toFixed(1) : String(value);
}

function escaped(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n").replaceAll('"', '\\"');
}
