/** All lines at the instant under the cursor, highest first. */
import { exactText } from "../../parts/text/time-text.ts";
import { type Look, unknownLook } from "../agents/look.ts";
import { Mark } from "../agents/name.tsx";
import type { ChartData } from "./lines.ts";

interface ReadoutProps {
  readonly data: ChartData;
  readonly index: number;
  readonly looks: ReadonlyMap<string, Look>;
  readonly isolated: string | null;
  readonly show: (value: number) => string;
}

const ROWS_MAX = 16;

export function Readout({ data, index, looks, isolated, show }: ReadoutProps) {
  const time = data.times[index];
  if (time === undefined) return null;
  const rows = data.lines
    .flatMap(({ agentId, agent, values }) => {
      const value = values[index];
      return value === null || value === undefined ? [] : [{ agentId, agent, value }];
    })
    .sort((a, b) => b.value - a.value);
  if (rows.length === 0) return null;
  const round = data.rounds[index];
  // On the side where the cursor isn't.
  const side = index < data.times.length / 2 ? "right" : "left";
  return (
    <div className={`readout ${side}`} aria-hidden="true">
      <div className="readout-head">
        <strong>{round === null || round === undefined ? "Since the last round" : `Round ${round}`}</strong>
        <span className="soft num">{exactText(new Date(time * 1000).toISOString()).replace(/\.\d+/, "")}</span>
      </div>
      {rows.slice(0, ROWS_MAX).map(({ agentId, agent, value }) => (
        <div key={agentId} className={`readout-row${isolated !== null && isolated !== agentId ? " faded" : ""}`}>
          <Mark look={looks.get(agentId) ?? unknownLook} />
          <span className="cut">{agent}</span>
          <span className="num">{show(value)}</span>
        </div>
      ))}
      {rows.length > ROWS_MAX ? <div className="soft small">and {rows.length - ROWS_MAX} more</div> : null}
    </div>
  );
}
