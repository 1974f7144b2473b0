/** The equity of all entries: lines with a pill at each end, dashed baselines, one cursor that reads them all. */
import { useCallback, useMemo, useState } from "react";
import type { HeldEquity } from "../../live/held.ts";
import { moneyText, percentText } from "../../parts/number-text.ts";
import { Segmented } from "../../parts/segmented.tsx";
import { EmptyState, Skeleton } from "../../parts/states.tsx";
import { useTheme } from "../../parts/theme.ts";
import { exactText } from "../../parts/time-text.ts";
import { colorOf, type Look, unknownLook } from "../agent-look.ts";
import { type ChartData, chartData, type Unit } from "./lines.ts";
import { Pills } from "./pills.tsx";
import { Plot } from "./plot.tsx";
import type { TradeMark } from "./plot-options.ts";
import { Readout } from "./readout.tsx";

export type Range = "all" | "day" | "hour";
export const rangeSeconds: Readonly<Record<Range, number | null>> = { all: null, day: 86_400, hour: 3_600 };

interface ChartProps {
  readonly equity: HeldEquity | undefined;
  readonly looks: ReadonlyMap<string, Look>;
  readonly isolated: string | null;
  readonly onIsolate: (agentId: string | null) => void;
  readonly range: Range;
  readonly onRange: (range: Range) => void;
  /** A replay's frame: nothing after this round. */
  readonly until?: number | null;
  readonly marks?: readonly TradeMark[];
  readonly height: number;
  /** One entry's own chart: no pills to choose from. */
  readonly single?: boolean;
}

const ranges = [
  { value: "all", label: "ALL" },
  { value: "day", label: "24h" },
  { value: "hour", label: "1h" },
] as const;
const units = [
  { value: "money", label: "$", title: "Equity in quote currency" },
  { value: "percent", label: "%", title: "Return since the start" },
] as const;

export function EquityChart(props: ChartProps) {
  const { equity, looks, isolated, onIsolate, range, until = null, marks, height, single } = props;
  const [unit, setUnit] = useState<Unit>("money");
  const [baselines, setBaselines] = useState(true);
  const [cursor, setCursor] = useState<number | null>(null);
  const [ends, setEnds] = useState<ReadonlyMap<string, number>>(new Map());
  const [theme] = useTheme();

  const data = useMemo((): ChartData | null => {
    if (!equity) return null;
    const span = rangeSeconds[range];
    const last = equity.times.findLast((_, i) => until === null || (equity.rounds[i] ?? 0) <= until);
    const from = span === null || last === undefined ? null : Date.parse(last) / 1000 - span;
    return chartData(equity, { unit, until, from, baselines, isolated });
  }, [equity, range, until, unit, baselines, isolated]);

  const lines = useMemo(
    () =>
      (data?.lines ?? []).map(({ agentId, baseline }) => {
        const look = looks.get(agentId) ?? unknownLook;
        return { agentId, color: colorOf(look, theme), dashed: baseline };
      }),
    [data, looks, theme],
  );
  const keepEnds = useCallback(
    (next: ReadonlyMap<string, number>) => setEnds((held) => (sameEnds(held, next) ? held : next)),
    [],
  );
  const show = useCallback(
    (value: number) => (unit === "money" ? moneyText(value.toFixed(2)) : percentText(value / 100, true)),
    [unit],
  );

  const tools = (
    <div className="chart-tools">
      <Segmented label="Unit" value={unit} options={units} onValue={setUnit} />
      <Segmented label="Range" value={range} options={ranges} onValue={props.onRange} />
      {single ? null : (
        <button
          type="button"
          className="btn quiet tiny"
          aria-pressed={baselines}
          onClick={() => setBaselines((shown) => !shown)}
        >
          <span className={baselines ? "dash-sign" : "dash-sign off"} />
          Baselines
        </button>
      )}
      {isolated && !single ? (
        <button type="button" className="btn quiet tiny" onClick={() => onIsolate(null)}>
          Show all
        </button>
      ) : null}
    </div>
  );

  if (!data) {
    return (
      <figure className="chart">
        {tools}
        <Skeleton height={`${height}px`} />
      </figure>
    );
  }
  if (data.times.length === 0) {
    return (
      <figure className="chart">
        {tools}
        <div style={{ minHeight: height }} className="row">
          <EmptyState title="No settled round yet">
            The curve begins with the first round that has been filled.
          </EmptyState>
        </div>
      </figure>
    );
  }
  const right = single ? 40 : 92;
  return (
    <figure className="chart">
      {tools}
      <div className="plot-box">
        <Plot
          data={data}
          unit={unit}
          lines={lines}
          isolated={single ? null : isolated}
          {...(marks ? { marks } : {})}
          height={height}
          right={right}
          cursor={cursor}
          cursorText={cursorText(data, cursor, show)}
          onCursor={setCursor}
          onPick={single ? () => {} : onIsolate}
          onEnds={keepEnds}
        />
        {single ? null : (
          <Pills
            data={data}
            ends={ends}
            looks={looks}
            height={height}
            isolated={isolated}
            onPick={onIsolate}
            show={show}
          />
        )}
        {cursor === null ? null : <Readout data={data} index={cursor} looks={looks} isolated={isolated} show={show} />}
      </div>
      {data.field ? (
        <figcaption className="soft small">
          The best {data.lines.filter(({ baseline }) => !baseline).length} have lines of their own; the band is where
          the other {data.field.count} lie. Choose any in the leaderboard to see its line.
        </figcaption>
      ) : null}
    </figure>
  );
}

function sameEnds(a: ReadonlyMap<string, number>, b: ReadonlyMap<string, number>): boolean {
  return a.size === b.size && [...b].every(([id, y]) => Math.abs((a.get(id) ?? -99) - y) < 0.5);
}

function cursorText(data: ChartData, cursor: number | null, show: (value: number) => string): string {
  const index = cursor ?? data.times.length - 1;
  const best = [...data.lines]
    .flatMap(({ agent, values }) => {
      const value = values[index];
      return value === null || value === undefined ? [] : [{ agent, value }];
    })
    .sort((a, b) => b.value - a.value)
    .slice(0, 3)
    .map(({ agent, value }) => `${agent} ${show(value)}`);
  const round = data.rounds[index];
  const when = exactText(new Date((data.times[index] ?? 0) * 1000).toISOString());
  return `${round === null || round === undefined ? "now" : `round ${round}`}, ${when}: ${best.join(", ")}`;
}
