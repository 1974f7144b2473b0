/** A task's changes of state, with the time that it spent in each state. */
import type { TaskHistory } from "../../api/answers.ts";
import { StateBadge } from "../../parts/chip.tsx";
import { ClockTime, Duration, useNow } from "../../parts/text/time.tsx";

const words: Readonly<Record<string, string>> = { PENDING: "waited", STARTED: "ran", RETRY: "waited for its retry" };

interface TimelineProps {
  readonly lines: TaskHistory["items"];
  readonly ended: boolean;
}

type Line = TaskHistory["items"][number];

/** The attempt, who did it, and the version of the code where it has changed since the line before. */
function detailOf(line: Line, before: Line | undefined): string {
  const changed = before !== undefined && line.code_version !== before.code_version && line.code_version !== null;
  return [
    line.attempt > 0 ? `attempt ${line.attempt}` : "",
    line.by ? `by ${line.by}` : "",
    changed ? `on code ${line.code_version}` : "",
  ]
    .filter(Boolean)
    .join(", ");
}

export function TaskTimeline({ lines, ended }: TimelineProps) {
  const now = useNow();
  const first = lines[0];
  const last = lines.at(-1);
  if (!first || !last) return <p className="soft">The task's history is not kept.</p>;
  const from = Date.parse(first.at);
  const until = ended ? Date.parse(last.at) : Math.max(now, Date.parse(last.at));
  const whole = Math.max(1, until - from);
  return (
    <ol className="timeline">
      {lines.map((line, i) => {
        const start = Date.parse(line.at);
        const next = lines[i + 1];
        const end = next ? Date.parse(next.at) : until;
        const open = !next && !ended;
        const spent = words[line.state];
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: lines are only ever appended
          <li key={i}>
            <ClockTime at={line.at} />
            <div className="what">
              <span className="row wrap">
                <StateBadge state={line.state} />
                <span className="said">{line.why.replaceAll("_", " ")}</span>
              </span>
              <span className="soft small said">{detailOf(line, lines[i - 1])}</span>
              {spent && (next || open) ? (
                <span className="span-of-state" title={`${open ? "so far" : "in all"}`}>
                  <span className="track">
                    <span
                      className={`bar ${line.state}`}
                      style={{
                        marginLeft: `${((start - from) / whole) * 100}%`,
                        width: `${Math.max(0.5, ((end - start) / whole) * 100)}%`,
                      }}
                    />
                  </span>
                  <span className="small soft">
                    {spent} <Duration measured seconds={(end - start) / 1000} />
                    {open ? " so far" : ""}
                  </span>
                </span>
              ) : null}
            </div>
          </li>
        );
      })}
    </ol>
  );
}
