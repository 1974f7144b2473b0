/** Tasks that ended, minute by minute, over the last hour: those that failed in red, with an axis, and each minute's numbers on hover. */
import { useState } from "react";
import type { TaskStats } from "../../api/answers.ts";
import { useNow } from "../../parts/text/time.tsx";
import { clockText } from "../../parts/text/time-text.ts";
import { topOf } from "./minute-scale.ts";

type Minute = TaskStats["history"][number];
const MINUTES = 60;
const HEIGHT = 100;
/** The share of a minute's width that its bar takes. */
const SHARE = 0.75;

interface BarsProps {
  readonly minutes: readonly Minute[];
  /** One queue alone. Its failures are not known apart. */
  readonly queue?: string;
}

export function MinuteBars({ minutes, queue }: BarsProps) {
  const now = useNow();
  const [hovered, setHovered] = useState<string | null>(null);
  const bars = minutes.map((minute) => ({
    at: minute.at,
    x: MINUTES - (now - Date.parse(minute.at)) / 60_000,
    ended: queue === undefined ? minute.per_minute : (minute.queues[queue] ?? 0),
    failed: queue === undefined ? minute.failed_per_minute : 0,
  }));
  const top = topOf(bars.map(({ ended }) => ended));
  const last = bars.at(-1);
  const shown = bars.find(({ at }) => at === hovered) ?? last;
  const height = (value: number) => (value > 0 ? Math.max(1, (Math.min(value, top) / top) * HEIGHT) : 0);
  const most = Math.max(0, ...bars.map(({ ended }) => ended));
  return (
    <figure className="minute-bars">
      <div className="plot">
        <span className="num y-label at-top">{top.toLocaleString("en")}</span>
        <span className="num y-label at-middle">{(top / 2).toLocaleString("en")}</span>
        <span className="num y-label">0</span>
        <svg
          viewBox={`0 0 ${MINUTES} ${HEIGHT}`}
          preserveAspectRatio="none"
          role="img"
          aria-label={`Tasks that ended per minute${queue === undefined ? "" : ` in ${queue}`}, over the last hour: ${Math.round(last?.ended ?? 0)} in the newest, ${Math.round(most)} at most`}
          onPointerLeave={() => setHovered(null)}
          onPointerMove={({ clientX, currentTarget }) => {
            const { left, width } = currentTarget.getBoundingClientRect();
            const at = ((clientX - left) / width) * MINUTES;
            setHovered(bars.find(({ x }) => at >= x && at < x + 1)?.at ?? null);
          }}
        >
          <line className="rule" x1="0" x2={MINUTES} y1={HEIGHT / 2} y2={HEIGHT / 2} />
          {bars.map(({ at, x, ended, failed }) => (
            <g key={at} className={at === hovered ? "hovered" : undefined}>
              <rect x={x} y={HEIGHT - height(ended)} width={SHARE} height={height(ended)} />
              {failed > 0 ? (
                <rect className="failed" x={x} y={HEIGHT - height(failed)} width={SHARE} height={height(failed)} />
              ) : null}
              {ended > top ? <rect className="cut-mark" x={x} y={0} width={SHARE} height={6} /> : null}
            </g>
          ))}
        </svg>
      </div>
      <figcaption className="small soft">
        <span>an hour ago</span>
        <span className="num">
          {shown
            ? `${clockText(shown.at)}: ${Math.round(shown.ended).toLocaleString("en")} ended${
                queue === undefined ? `, ${Math.round(shown.failed).toLocaleString("en")} failed or missed` : ""
              }`
            : "stored once a minute"}
        </span>
        <span>now</span>
      </figcaption>
    </figure>
  );
}
