/** A task's changes of state with the time that it spent in each. */
import type { TaskHistory } from "../api/answers.ts";
import { StateBadge } from "../parts/chip.tsx";
import { ClockTime, Duration, useNow } from "../parts/time.tsx";

const words: Readonly<Record<string, string>> = { PENDING: "waited", STARTED: "ran", RETRY: "waited for its retry" };

interface TimelineProps {
  readonly lines: TaskHistory["items"];
  readonly ended: boolean;
}

export function TaskTimeline({ lines, ended }: TimelineProps) {
  const now = useNow();
  const first = lines[0];
  const last = lines.at(-1);
  if (!first || !last) return <p className="soft">No line of its history is kept.</p>;
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
              <span className="soft small said">
                attempt {line.attempt}
                {line.by ? `, by ${line.by}` : ""}
                {line.code_version ? `, code ${line.code_version}` : ""}
              </span>
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
                    {spent} <Duration seconds={(end - start) / 1000} />
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
