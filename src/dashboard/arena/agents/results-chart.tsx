/** An agent's return in each of its tournaments, the oldest at the left. */
import type { AgentEntryItem } from "../../api/answers.ts";
import { changeTone, percentText } from "../../parts/text/number-text.ts";

const WIDTH = 640;
const HEIGHT = 120;
const PAD = 8;

interface Point {
  readonly entry: AgentEntryItem;
  readonly value: number;
}

/** `entries`: the newest first, as the API lists them. */
export function ResultsChart({ entries }: { readonly entries: readonly AgentEntryItem[] }) {
  const points = [...entries]
    .sort((a, b) => (a.joined_at < b.joined_at ? -1 : 1))
    .flatMap((entry): Point[] => (entry.return === null ? [] : [{ entry, value: entry.return }]));
  if (points.length < 2) return null;
  const values = points.map(({ value }) => value);
  const top = Math.max(0, ...values);
  const bottom = Math.min(0, ...values);
  const span = top - bottom || 1;
  const x = (i: number) => PAD + (i * (WIDTH - 2 * PAD)) / (points.length - 1);
  const y = (value: number) => PAD + ((top - value) * (HEIGHT - 2 * PAD)) / span;
  const path = points.map(({ value }, i) => `${i === 0 ? "M" : "L"}${x(i).toFixed(1)} ${y(value).toFixed(1)}`).join("");
  const [first, last] = [points[0], points.at(-1)];
  return (
    <figure className="results-chart">
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={wordsOf(points)}>
        <path className="zero" d={`M${PAD} ${y(0)}H${WIDTH - PAD}`} />
        <path className="line" d={path} />
        {points.map(({ entry, value }, i) => (
          <circle key={entry.entry_id} cx={x(i)} cy={y(value)} r={3} className={changeTone(percentText(value, true))}>
            <title>{`${entry.tournament}: ${percentText(value, true)}${entry.rank === null ? "" : `, rank ${entry.rank}`}`}</title>
          </circle>
        ))}
      </svg>
      <figcaption className="row soft small">
        <span className="cut">{first?.entry.tournament}</span>
        <span className="num">
          {percentText(bottom, true)} to {percentText(top, true)}
        </span>
        <span className="cut">{last?.entry.tournament}</span>
      </figcaption>
    </figure>
  );
}

function wordsOf(points: readonly Point[]): string {
  return `Return in each tournament, the oldest first: ${points.map(({ value }) => percentText(value, true)).join(", ")}`;
}
