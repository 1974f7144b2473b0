/** Tasks that ended, minute by minute, over the last hour. */
import type { TaskStats } from "../api/answers.ts";
import { useNow } from "../parts/time.tsx";

const MINUTES = 60;
const HEIGHT = 40;
/** Of a minute's place, what its bar takes. */
const SHARE = 0.75;

export function MinuteBars({ minutes }: { readonly minutes: TaskStats["history"] }) {
  const now = useNow();
  if (minutes.length === 0) {
    return <p className="small soft">The throughput is noted once a minute: its curve begins after two.</p>;
  }
  const most = Math.max(1, ...minutes.map(({ per_minute }) => per_minute));
  const last = minutes.at(-1)?.per_minute ?? 0;
  return (
    <figure className="minute-bars">
      <svg
        viewBox={`0 0 ${MINUTES} ${HEIGHT}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={`Tasks that ended a minute, over the last hour: ${Math.round(last)} in the newest, ${Math.round(most)} at most`}
      >
        {minutes.map(({ at, per_minute }) => {
          const height = Math.max(0.5, (per_minute / most) * HEIGHT);
          const x = MINUTES - (now - Date.parse(at)) / 60_000;
          return <rect key={at} x={x} y={HEIGHT - height} width={SHARE} height={height} />;
        })}
      </svg>
      <figcaption className="small soft">
        <span>an hour ago</span>
        <span>
          at most <span className="num">{Math.round(most)}</span> a minute
        </span>
        <span>now</span>
      </figcaption>
    </figure>
  );
}
