/** uPlot's options for equity: axes, lines, the band of the other entries, the marks of trades. */
import type uPlot from "uplot";
import { cssColor, type Theme } from "../../parts/theme.ts";
import { axisSize, axisText } from "./axis-text.ts";
import type { ChartData, Unit } from "./lines.ts";

export interface DrawnLine {
  readonly agentId: string;
  readonly color: string;
  readonly dashed: boolean;
}

export interface TradeMark {
  /** Epoch seconds. */
  readonly time: number;
  readonly side: "buy" | "sell";
}

interface Now {
  readonly data: ChartData;
  readonly lines: readonly DrawnLine[];
  readonly isolated: string | null;
  readonly marks?: readonly TradeMark[];
}

interface Wanted {
  readonly width: number;
  readonly height: number;
  readonly right: number;
  readonly unit: Unit;
  readonly theme: Theme;
  /** Returns what is shown at the moment of drawing. */
  readonly now: () => Now;
  readonly onCursor: (index: number | null) => void;
  readonly onEnds: (ends: ReadonlyMap<string, number>) => void;
}

/** uPlot's columns: x, the lines, and at the end the low and the high of the band. */
export function alignedData({ times, lines, field }: ChartData): uPlot.AlignedData {
  const columns = lines.map(({ values }) => [...values]);
  return [[...times], ...columns, ...(field ? [field.low, field.high] : [])];
}

/** A tick's label in the viewer's zone: the time, or the day for ticks at midnight and for steps of whole days. */
function timeText(seconds: number, step: number): string {
  const date = new Date(seconds * 1000);
  const midnight = date.getHours() === 0 && date.getMinutes() === 0 && date.getSeconds() === 0;
  if (midnight || step >= 86_400) return date.toLocaleDateString("en-GB", { day: "numeric", month: "short" });
  return date.toLocaleTimeString("en-GB", step < 60 ? {} : { hour: "2-digit", minute: "2-digit" });
}

export function plotOptions(wanted: Wanted): uPlot.Options {
  const { width, height, right, unit, now } = wanted;
  const lineColor = cssColor("--line");
  const soft = cssColor("--soft");
  const font = `11px "JetBrains Mono Variable", ui-monospace, monospace`;
  const axis: uPlot.Axis = {
    stroke: soft,
    font,
    grid: { stroke: lineColor, width: 1 },
    ticks: { show: false },
    border: { show: false },
  };
  const colorAt = (i: number) => now().lines[i - 1]?.color ?? soft;
  const faded = (i: number) => {
    const { isolated, lines } = now();
    return isolated !== null && lines[i - 1]?.agentId !== isolated;
  };
  const lineSeries = now().lines.map(
    ({ dashed }, i): uPlot.Series => ({
      width: dashed ? 1.25 : 1.75,
      ...(dashed ? { dash: [5, 4] } : {}),
      stroke: () => (faded(i + 1) ? withAlpha(colorAt(i + 1)) : colorAt(i + 1)),
      points: { show: false },
      spanGaps: false,
    }),
  );
  const field = now().data.field;
  const edge: uPlot.Series = { stroke: "transparent", width: 0, points: { show: false }, spanGaps: true };
  const at = lineSeries.length + 1;
  return {
    width,
    height,
    padding: [10, right, 0, 0],
    legend: { show: false },
    focus: { alpha: 1 },
    cursor: {
      y: false,
      drag: { x: false, y: false },
      points: { size: 7, width: 0, fill: (_, i) => colorAt(i) },
    },
    scales: {
      x: { time: true, range: (_, low, high) => spanned(...(now().data.frame?.times ?? [low, high])) },
      y: { range: (_, low, high) => padded(...(now().data.frame?.values ?? [low, high])) },
    },
    axes: [
      { ...axis, space: 80, size: 24, values: (_, ticks, __, ___, step) => ticks.map((tick) => timeText(tick, step)) },
      {
        ...axis,
        size: (_, labels) => axisSize(labels),
        gap: 6,
        space: 44,
        values: (_, ticks) => {
          const step = Math.abs((ticks[1] ?? 1) - (ticks[0] ?? 0));
          return ticks.map((tick) => axisText(unit, tick, step));
        },
      },
    ],
    series: [{}, ...lineSeries, ...(field ? [edge, edge] : [])],
    bands: field ? [{ series: [at + 1, at], fill: withAlpha(soft, 0.14) }] : [],
    hooks: {
      setCursor: [(u) => wanted.onCursor((u.cursor.left ?? -1) < 0 ? null : (u.cursor.idx ?? null))],
      draw: [
        (u) => {
          drawStart(u, now(), soft, font);
          drawMarks(u, now());
          wanted.onEnds(endsOf(u, now()));
        },
      ],
    },
  };
}

function withAlpha(color: string, alpha = 0.16): string {
  return `color-mix(in oklab, ${color} ${alpha * 100}%, transparent)`;
}

/** Without this, uPlot gives a single moment an axis of years. */
function spanned(low: number, high: number): [number, number] {
  return low === high && Number.isFinite(low) ? [low - HALF_SPAN, high + HALF_SPAN] : [low, high];
}
const HALF_SPAN = 30;

/** A flat line gets room above and below it too. */
function padded(low: number | null, high: number | null): [number, number] {
  if (low === null || high === null) return [0, 1];
  const span = high - low || Math.abs(high) * 0.002 || 0.02;
  return [low - span * 0.06, high + span * 0.06];
}

function endsOf(u: uPlot, { data, lines }: Now): Map<string, number> {
  const ends = new Map<string, number>();
  const top = u.bbox.top / devicePixelRatio;
  for (const [i, { agentId }] of lines.entries()) {
    const value = data.lines[i]?.values.findLast((each) => each !== null);
    if (value !== null && value !== undefined) ends.set(agentId, top + u.valToPos(value, "y"));
  }
  return ends;
}

/** A dotted line at the starting cash, where it is in view: what lies above it has won. */
function drawStart(u: uPlot, { data }: Now, color: string, font: string): void {
  const { min, max } = u.scales.y ?? {};
  if (min === undefined || max === undefined || data.start < min || data.start > max) return;
  const ratio = devicePixelRatio;
  const y = Math.round(u.valToPos(data.start, "y", true));
  const { ctx } = u;
  ctx.save();
  ctx.strokeStyle = color;
  ctx.fillStyle = color;
  ctx.globalAlpha = 0.7;
  ctx.lineWidth = ratio;
  ctx.setLineDash([ratio, 4 * ratio]);
  ctx.beginPath();
  ctx.moveTo(u.bbox.left, y);
  ctx.lineTo(u.bbox.left + u.bbox.width, y);
  ctx.stroke();
  ctx.font = font.replace("11px", `${10 * ratio}px`);
  // The axis leaves its own alignment behind.
  ctx.textAlign = "left";
  ctx.textBaseline = "alphabetic";
  ctx.fillText("start", u.bbox.left + 4 * ratio, y - 4 * ratio);
  ctx.restore();
}

/** A triangle on the curve: up for a buy, down for a sell. */
function drawMarks(u: uPlot, { data, marks }: Now): void {
  const values = data.lines[0]?.values;
  if (!marks || !values) return;
  const ratio = devicePixelRatio;
  const byTime = new Map(data.times.map((time, i) => [time, values[i]]));
  const [buy, sell] = [cssColor("--good"), cssColor("--bad")];
  const { ctx } = u;
  ctx.save();
  for (const { time, side } of marks) {
    const value = byTime.get(time) ?? nearest(data.times, values, time);
    if (value === null || value === undefined) continue;
    const x = u.valToPos(time, "x", true);
    if (x < u.bbox.left || x > u.bbox.left + u.bbox.width) continue;
    const up = side === "buy" ? 1 : -1;
    const y = u.valToPos(value, "y", true) + up * 5 * ratio;
    ctx.fillStyle = side === "buy" ? buy : sell;
    ctx.beginPath();
    ctx.moveTo(x, y);
    ctx.lineTo(x - 4 * ratio, y + up * 7 * ratio);
    ctx.lineTo(x + 4 * ratio, y + up * 7 * ratio);
    ctx.closePath();
    ctx.fill();
  }
  ctx.restore();
}

/** A thinned curve has no point at some trades. The point before the trade is taken instead. */
function nearest(times: readonly number[], values: readonly (number | null)[], time: number): number | null {
  const i = times.findLastIndex((each) => each <= time);
  return i < 0 ? null : (values[i] ?? null);
}
