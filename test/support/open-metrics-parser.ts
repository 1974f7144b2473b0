/** A strict reader of OpenMetrics text. It throws on everything forbidden by the specification that we could get wrong. */

export interface ParsedFamily {
  readonly type: string;
  readonly help: string;
  readonly unit: string | null;
  /** By name and labels as written: 'agonus_tasks{name="x"}'. */
  readonly samples: Map<string, number>;
}

type Open = { -readonly [K in keyof ParsedFamily]: ParsedFamily[K] } & { name: string };

const SUFFIXES: Readonly<Record<string, readonly string[]>> = {
  gauge: [""],
  counter: ["_total"],
  info: ["_info"],
  histogram: ["_bucket", "_count", "_sum"],
};
const SAMPLE = /^([a-z_][a-z0-9_]*)(\{(?:[a-z_][a-z0-9_]*="(?:[^"\\\n]|\\["\\n])*"(?:,(?!\})|(?=\})))+\})? (\S+)$/;

export function parseOpenMetrics(text: string): Map<string, ParsedFamily> {
  if (!text.endsWith("\n# EOF\n")) throw new Error("it doesn't end with # EOF");
  const families = new Map<string, ParsedFamily>();
  let current: Open | null = null;
  const close = () => {
    if (!current) return;
    if (current.help === "") throw new Error(`${current.name} has no help`);
    if (current.samples.size === 0) throw new Error(`${current.name} is silent`);
    if (current.type === "histogram") checkHistogram(current.name, current.samples);
    families.set(current.name, current);
  };
  for (const line of text.slice(0, -"# EOF\n".length).split("\n").slice(0, -1)) {
    const meta = /^# (TYPE|UNIT|HELP) (\S+) (.+)$/.exec(line);
    if (meta) {
      const [, kind = "", name = "", rest = ""] = meta;
      if (kind === "TYPE") {
        close();
        if (families.has(name)) throw new Error(`${name} comes twice`);
        if (!SUFFIXES[rest]) throw new Error(`${name} has a type that nobody knows: ${rest}`);
        current = { name, type: rest, help: "", unit: null, samples: new Map() };
      } else if (current?.name !== name || current.samples.size > 0) throw new Error(`out of place: ${line}`);
      else if (kind === "UNIT") {
        if (!name.endsWith(`_${rest}`)) throw new Error(`${name} doesn't end with its unit ${rest}`);
        current.unit = rest;
      } else current.help = rest;
      continue;
    }
    const sample = SAMPLE.exec(line);
    if (!sample || !current) throw new Error(`no sample: ${line}`);
    const [, name = "", labels = "", value = ""] = sample;
    if (!name.startsWith("agonus_")) throw new Error(`${name} has no prefix`);
    const family: Open = current;
    if (!SUFFIXES[family.type]?.some((suffix) => name === family.name + suffix)) {
      throw new Error(`${name} is not of ${family.name} ${family.type}`);
    }
    const key = name + labels;
    if (family.samples.has(key)) throw new Error(`${key} comes twice`);
    family.samples.set(key, numberOf(value));
    if (family.type !== "gauge" && !(numberOf(value) >= 0)) throw new Error(`${key} counts ${value}`);
  }
  close();
  return families;
}

function numberOf(text: string): number {
  if (text === "NaN") return Number.NaN;
  if (text === "+Inf") return Number.POSITIVE_INFINITY;
  if (!/^-?\d+(\.\d+)?(e[+-]?\d+)?$/.test(text)) throw new Error(`no number: ${text}`);
  return Number(text);
}

/** Throws unless the buckets rise to +Inf, the last one is the count, and the sum is there. */
function checkHistogram(name: string, samples: ReadonlyMap<string, number>): void {
  const series = new Map<string, { bounds: number[]; counts: number[] }>();
  for (const [key, value] of samples) {
    const bucket = /^\w+_bucket\{(?:(.*),)?le="([^"]+)"\}$/.exec(key);
    if (!bucket) continue;
    const own = series.get(bucket[1] ?? "") ?? { bounds: [], counts: [] };
    own.bounds.push(numberOf(bucket[2] ?? ""));
    own.counts.push(value);
    series.set(bucket[1] ?? "", own);
  }
  if (series.size === 0) throw new Error(`${name} has no buckets`);
  for (const [labels, { bounds, counts }] of series) {
    const rises = (values: number[]) => values.every((value, n) => n === 0 || value >= (values[n - 1] ?? 0));
    if (bounds.at(-1) !== Number.POSITIVE_INFINITY || !rises(bounds) || !rises(counts))
      throw new Error(`${name} falls`);
    const braced = labels === "" ? "" : `{${labels}}`;
    if (samples.get(`${name}_count${braced}`) !== counts.at(-1)) throw new Error(`${name}${braced} counts otherwise`);
    if (!samples.has(`${name}_sum${braced}`)) throw new Error(`${name}${braced} has no sum`);
  }
}
