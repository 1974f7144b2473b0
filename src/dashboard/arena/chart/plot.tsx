/** uPlot in React: the canvas, its cursor, and where the lines end. */
import { type KeyboardEvent, useEffect, useLayoutEffect, useRef, useState } from "react";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { useTheme } from "../../parts/theme.ts";
import type { ChartData, Unit } from "./lines.ts";
import { alignedData, type DrawnLine, plotOptions, type TradeMark } from "./plot-options.ts";

interface PlotProps {
  readonly data: ChartData;
  readonly unit: Unit;
  readonly lines: readonly DrawnLine[];
  readonly isolated: string | null;
  readonly marks?: readonly TradeMark[];
  readonly height: number;
  /** The width that is kept free at the right for the pills. */
  readonly right: number;
  readonly cursor: number | null;
  /** The text that screen readers read at the cursor. */
  readonly cursorText: string;
  readonly onCursor: (index: number | null) => void;
  readonly onPick: (agentId: string | null) => void;
  /** Where each line ends: px from the top, by agent. */
  readonly onEnds: (ends: ReadonlyMap<string, number>) => void;
}

const PICK_PX = 18;

export function Plot(props: PlotProps) {
  const { data, unit, lines, isolated, marks, height, right, cursor, cursorText } = props;
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const latest = useRef(props);
  latest.current = props;
  const [theme] = useTheme();
  const [width, setWidth] = useState(0);
  const shape = lines.map(({ agentId }) => agentId).join(" ");

  useEffect(() => {
    if (!box.current) return;
    const observer = new ResizeObserver(([entry]) => setWidth(Math.floor(entry?.contentRect.width ?? 0)));
    observer.observe(box.current);
    return () => observer.disconnect();
  }, []);

  // The plot is made again only when its parts change. New data and colours are set on the existing plot.
  // biome-ignore lint/correctness/useExhaustiveDependencies: `latest` has the newest of the rest
  useLayoutEffect(() => {
    if (!box.current || width === 0) return;
    const options = plotOptions({
      width,
      height,
      right,
      unit,
      theme,
      now: () => latest.current,
      onCursor: (index) => latest.current.onCursor(index),
      onEnds: (ends) => latest.current.onEnds(ends),
    });
    const made = new uPlot(options, alignedData(latest.current.data), box.current);
    plot.current = made;
    return () => {
      made.destroy();
      plot.current = null;
    };
  }, [shape, width, height, right, unit, theme, data.field === null]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: drawn again for each of these
  useEffect(() => {
    plot.current?.setData(alignedData(data));
  }, [data, marks]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: drawn again when another line is isolated
  useEffect(() => {
    plot.current?.redraw(false);
  }, [isolated]);

  const pick = (event: React.MouseEvent) => {
    const u = plot.current;
    const index = u?.cursor.idx;
    if (!u || index === null || index === undefined) return;
    const y = event.clientY - u.over.getBoundingClientRect().top;
    const near = lines
      .map(({ agentId }, i) => {
        const value = data.lines[i]?.values[index];
        return { agentId, far: value === null || value === undefined ? 1e9 : Math.abs(u.valToPos(value, "y") - y) };
      })
      .sort((a, b) => a.far - b.far)[0];
    props.onPick(near && near.far <= PICK_PX && near.agentId !== isolated ? near.agentId : null);
  };

  const move = (index: number) => {
    const u = plot.current;
    const time = data.times[index];
    if (!u || time === undefined) return;
    u.setCursor({ left: u.valToPos(time, "x"), top: 1 });
  };

  const keys = (event: KeyboardEvent) => {
    const last = data.times.length - 1;
    const at = cursor ?? last;
    const moves: Readonly<Record<string, number>> = {
      ArrowLeft: at - 1,
      ArrowRight: at + 1,
      PageUp: at - 20,
      PageDown: at + 20,
      Home: 0,
      End: last,
    };
    const to = moves[event.key];
    if (event.key === "Escape") {
      plot.current?.setCursor({ left: -10, top: -10 });
      props.onPick(null);
    }
    if (to === undefined) return;
    event.preventDefault();
    move(Math.max(0, Math.min(last, to)));
  };

  return (
    <div
      ref={box}
      className="plot"
      role="slider"
      tabIndex={0}
      aria-label="Equity over time: arrow keys move the cursor"
      aria-valuemin={0}
      aria-valuemax={Math.max(0, data.times.length - 1)}
      aria-valuenow={cursor ?? Math.max(0, data.times.length - 1)}
      aria-valuetext={cursorText}
      style={{ height }}
      onClick={pick}
      onKeyDown={keys}
      onBlur={() => plot.current?.setCursor({ left: -10, top: -10 })}
    />
  );
}
