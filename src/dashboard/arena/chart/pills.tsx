/** The agent's mark and its value at the end of each line. A click or Enter isolates the line. */
import { cssColorOf, type Look, unknownLook } from "../agents/look.ts";
import type { ChartData } from "./lines.ts";
import { placePills } from "./pill-layout.ts";

interface PillsProps {
  readonly data: ChartData;
  readonly ends: ReadonlyMap<string, number>;
  readonly looks: ReadonlyMap<string, Look>;
  readonly height: number;
  readonly width: number;
  readonly isolated: string | null;
  readonly onPick: (agentId: string | null) => void;
  readonly show: (value: number) => string;
}

const SIZE_PX = 19;

export function Pills({ data, ends, looks, height, width, isolated, onPick, show }: PillsProps) {
  const pills = data.lines.flatMap((line) => {
    const y = ends.get(line.agentId);
    const value = line.values.findLast((each) => each !== null);
    if (y === undefined || value === null || value === undefined) return [];
    const weight = line.agentId === isolated ? 2e12 : line.baseline ? value - 1e12 : value;
    return [{ key: line.agentId, y, weight, line, value }];
  });
  const byKey = new Map(pills.map((pill) => [pill.key, pill]));
  return (
    <div className="pills" style={{ width }}>
      {placePills(pills, height - 24, SIZE_PX).map(({ key, top }) => {
        const pill = byKey.get(key);
        if (!pill) return null;
        const look = looks.get(key) ?? unknownLook;
        const off = isolated !== null && isolated !== key;
        return (
          <button
            key={key}
            type="button"
            className={`pill${look.baseline ? " base" : ""}${off ? " faded" : ""}`}
            // By a transform: a new place is no shift of the layout.
            style={{ transform: `translateY(${top}px)`, color: cssColorOf(look) }}
            title={pill.line.agent}
            aria-pressed={isolated === key}
            onClick={() => onPick(isolated === key ? null : key)}
          >
            <span className="pill-mark">
              <span>{look.mark}</span>
            </span>
            <span className="hidden-text">{pill.line.agent}</span>
            <span className="num">{show(pill.value)}</span>
          </button>
        );
      })}
    </div>
  );
}
