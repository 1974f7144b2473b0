/** Equity as the chart draws it. Pure. Floats serve for pixels only; figures that are shown stay the API's strings. */
import type { HeldEquity } from "../../live/apply-event.ts";

export interface Line {
  readonly agentId: string;
  readonly agent: string;
  readonly baseline: boolean;
  readonly values: readonly (number | null)[];
}

/** The ends of both axes, for a chart that grows inside a fixed frame. Times in epoch seconds. */
export interface Frame {
  readonly times: readonly [number, number];
  readonly values: readonly [number, number];
}

export interface ChartData {
  /** Null while the axes follow the points. */
  readonly frame: Frame | null;
  /** The starting cash in the chart's unit. */
  readonly start: number;
  /** Epoch seconds, rising. */
  readonly times: readonly number[];
  /** Null for the equity since the last settled round. */
  readonly rounds: readonly (number | null)[];
  readonly lines: readonly Line[];
  /** The lowest and highest equity of the entries that have no line of their own. */
  readonly field: { readonly count: number; readonly low: (number | null)[]; readonly high: (number | null)[] } | null;
}

export type Unit = "money" | "percent";

/** With more entries than this, only the best have lines of their own. The others are one band. */
const LINES_MAX = 24;
const BEST = 16;

interface Wanted {
  readonly unit: Unit;
  /** The chart ends with this round, for a replay. */
  readonly until: number | null;
  /** The chart begins here, in epoch seconds. */
  readonly from: number | null;
  readonly baselines: boolean;
  /** This entry has a line whatever its place. */
  readonly isolated: string | null;
}

/** From the start to the newest point, in seconds. */
export function lengthOf({ starts_at, times, mark }: HeldEquity): number {
  const last = mark?.at ?? times.at(-1);
  return last === undefined ? 0 : Math.max(0, Date.parse(last) - Date.parse(starts_at)) / 1000;
}

/** When the first of the lines begins, in epoch seconds. Null: none has begun. */
export function firstTime({ times, series }: Pick<HeldEquity, "times" | "series">): number | null {
  const first = times.find((_, i) => series.some(({ equity }) => (equity[i] ?? null) !== null));
  return first === undefined ? null : Date.parse(first) / 1000;
}

export function chartData(equity: HeldEquity, wanted: Wanted): ChartData {
  const start = Number(equity.starting_cash);
  const shown = (value: string | number | null) =>
    value === null ? null : wanted.unit === "money" ? Number(value) : (Number(value) / start - 1) * 100;
  const keep = equity.rounds.flatMap((round, i) => {
    const time = Date.parse(equity.times[i] ?? "") / 1000;
    const out = (wanted.until !== null && round > wanted.until) || (wanted.from !== null && time < wanted.from);
    return out ? [] : [{ i, round, time }];
  });
  const { mark } = equity;
  const marked = mark !== null && wanted.until === null;
  const lines = equity.series
    .filter(({ baseline }) => wanted.baselines || !baseline)
    .map((series) => ({
      agentId: series.agent_id,
      agent: series.agent,
      baseline: series.baseline,
      values: [
        ...keep.map(({ i }) => shown(series.equity[i] ?? null)),
        ...(marked ? [shown(mark.equity[series.agent_id] ?? null)] : []),
      ],
    }));
  const whole = withGaps({
    times: [...keep.map(({ time }) => time), ...(marked ? [Date.parse(mark.at) / 1000] : [])],
    rounds: [...keep.map(({ round }) => round), ...(marked ? [null] : [])],
    lines,
  });
  const frame = wanted.until === null ? null : frameOf(equity, wanted, shown);
  return { frame, start: wanted.unit === "money" ? start : 0, ...whole, ...split(whole.lines, wanted.isolated) };
}

function frameOf(equity: HeldEquity, wanted: Wanted, shown: (value: string | null) => number | null): Frame | null {
  const times = equity.times.map((time) => Date.parse(time) / 1000);
  const [first, last] = [wanted.from ?? times[0], times.at(-1)];
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const { baseline, equity: values } of equity.series) {
    if (baseline && !wanted.baselines) continue;
    for (const value of values) {
      const at = shown(value);
      if (at === null) continue;
      low = Math.min(low, at);
      high = Math.max(high, at);
    }
  }
  return first === undefined || last === undefined || low > high ? null : { times: [first, last], values: [low, high] };
}

type Whole = Pick<ChartData, "times" | "rounds" | "lines">;
/** So many times the usual distance between two points counts as an outage or a pause. No line is drawn across it. */
const GAP = 4;

function withGaps({ times, rounds, lines }: Whole): Whole {
  const steps = times.slice(1).map((time, i) => time - (times[i] ?? 0));
  const usual = steps.toSorted((a, b) => a - b)[Math.floor(steps.length / 2)] ?? 0;
  const gaps = new Set(steps.flatMap((step, i) => (step > usual * GAP ? [i] : [])));
  if (gaps.size === 0) return { times, rounds, lines };
  const spread = <T>(values: readonly T[], between: (i: number) => T) =>
    values.flatMap((value, i) => (gaps.has(i) ? [value, between(i)] : [value]));
  return {
    times: spread(times, (i) => ((times[i] ?? 0) + (times[i + 1] ?? 0)) / 2),
    rounds: spread(rounds, () => null),
    lines: lines.map((line) => ({ ...line, values: spread(line.values, () => null) })),
  };
}

function split(lines: readonly Line[], isolated: string | null): Pick<ChartData, "lines" | "field"> {
  if (lines.length <= LINES_MAX) return { lines, field: null };
  const last = (line: Line) => line.values.at(-1) ?? Number.NEGATIVE_INFINITY;
  const own = new Set(
    lines
      .filter(({ baseline }) => !baseline)
      .sort((a, b) => last(b) - last(a))
      .slice(0, BEST)
      .map(({ agentId }) => agentId),
  );
  for (const { agentId, baseline } of lines) if (agentId === isolated || baseline) own.add(agentId);
  const others = lines.filter(({ agentId }) => !own.has(agentId));
  const at = (i: number) => others.flatMap(({ values }) => values[i] ?? []);
  const low: (number | null)[] = [];
  const high: (number | null)[] = [];
  for (let i = 0; i < (lines[0]?.values.length ?? 0); i++) {
    const values = at(i);
    low.push(values.length === 0 ? null : values.reduce((a, b) => Math.min(a, b)));
    high.push(values.length === 0 ? null : values.reduce((a, b) => Math.max(a, b)));
  }
  return { lines: lines.filter(({ agentId }) => own.has(agentId)), field: { count: others.length, low, high } };
}
