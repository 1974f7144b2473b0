/** The equity of all entries: lines with a pill at each end, dashed baselines, and a cursor that shows all values. */
import { useCallback, useMemo, useState } from "react";
import type { HeldEquity } from "../../live/apply-event.ts";
import { Segmented } from "../../parts/segmented.tsx";
import { EmptyState, Skeleton } from "../../parts/states.tsx";
import { percentText, valueText } from "../../parts/text/number-text.ts";
import { exactText } from "../../parts/text/time-text.ts";
import { useTheme } from "../../parts/theme.ts";
import { colorOf, type Look, unknownLook } from "../agents/look.ts";
import type { Chosen } from "../chosen.ts";
import { textPx } from "./axis-text.ts";
import { type ChartData, chartData, firstTime, lengthOf } from "./lines.ts";
import { Pills } from "./pills.tsx";
import { Plot } from "./plot.tsx";
import type { TradeMark } from "./plot-options.ts";
import { rangeOptions, rangeSeconds } from "./ranges.ts";
import { Readout } from "./readout.tsx";

interface ChartProps {
  readonly equity: HeldEquity | undefined;
  readonly looks: ReadonlyMap<string, Look>;
  readonly isolated: string | null;
  readonly onIsolate: (agentId: string | null) => void;
  readonly chosen: Pick<Chosen, "unit" | "range" | "baselines">;
  readonly onChosen: (change: Partial<Chosen>) => void;
  /** A replay's frame: the lines end with this round, and the axes stay those of the whole replay. */
  readonly until?: number | null;
  readonly marks?: readonly TradeMark[];
  readonly height: number;
  /** The chart of a single entry, which has no pills. */
  readonly single?: boolean;
}

const units = [
  { value: "money", label: "$", title: "Equity in quote currency" },
  { value: "percent", label: "%", title: "Return since the start" },
] as const;

export function EquityChart(props: ChartProps) {
  const { equity, looks, isolated, onIsolate, chosen, onChosen, until = null, marks, height, single } = props;
  const { unit, baselines } = chosen;
  const [cursor, setCursor] = useState<number | null>(null);
  const [ends, setEnds] = useState<ReadonlyMap<string, number>>(new Map());
  const [theme] = useTheme();

  const data = useMemo((): ChartData | null => {
    if (!equity) return null;
    const span = rangeSeconds[chosen.range];
    const last = equity.times.findLast((_, i) => until === null || (equity.rounds[i] ?? 0) <= until);
    // One that joined late has no line before that.
    const joined = single ? firstTime(equity) : null;
    const from = span === null || last === undefined ? joined : Date.parse(last) / 1000 - span;
    return chartData(equity, { unit, until, from, baselines, isolated });
  }, [equity, chosen.range, until, unit, baselines, isolated, single]);

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
    (value: number) => (unit === "money" ? valueText(value) : percentText(value / 100, true)),
    [unit],
  );

  const tools = (
    <div className="chart-tools">
      <Segmented label="Unit" value={unit} options={units} onValue={(next) => onChosen({ unit: next })} />
      <Segmented
        label="Range"
        value={chosen.range}
        options={rangeOptions(equity ? lengthOf(equity) : 0)}
        onValue={(range) => onChosen({ range })}
      />
      {single ? null : (
        <button
          type="button"
          className="btn quiet tiny"
          aria-pressed={baselines}
          onClick={() => onChosen({ baselines: !baselines })}
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
  // A field that plays has times even where the one entry of a page has no value yet.
  const blank = single && data.lines.every(({ values }) => values.every((value) => value === null));
  if (data.times.length === 0 || blank) {
    return (
      <figure className="chart">
        {tools}
        <div style={{ minHeight: height }} className="middle">
          <EmptyState title="No settled round yet">
            The curve begins with the first settled round. Until then {single ? "the" : "every"} account is worth its
            starting cash.
          </EmptyState>
        </div>
      </figure>
    );
  }
  const lastValues = data.lines.flatMap(({ values }) => values.findLast((value) => value !== null) ?? []);
  const right = single ? 40 : Math.max(92, PILL_PX + textPx(lastValues.map(show)));
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
            width={right - 4}
          />
        )}
        {cursor === null ? null : <Readout data={data} index={cursor} looks={looks} isolated={isolated} show={show} />}
      </div>
      {data.field ? (
        <figcaption className="soft small">
          The best {data.lines.filter(({ baseline }) => !baseline).length} have lines of their own. The band shows where
          the other {data.field.count} lie. Choose an entry in the leaderboard to see its line.
        </figcaption>
      ) : null}
    </figure>
  );
}

/** The width of a pill without its number: the mark, the gaps, and the distance from the plot. */
const PILL_PX = 38;

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
