/** A preview of the tournament before it is made. */
import type { ReactNode } from "react";
import { clockText } from "../../../core/market-clock.ts";
import type { PreflightAnswer } from "../../api/answers.ts";
import { Button } from "../../parts/button.tsx";
import { Card } from "../../parts/card.tsx";
import { Count, Nothing } from "../../parts/text/numbers.tsx";
import { DateTime, Duration } from "../../parts/text/time.tsx";

interface PreflightProps {
  readonly answer: PreflightAnswer;
  /** Called with the ids of agents that would take part in vain. */
  readonly onLeaveOut: (agentIds: readonly string[]) => void;
}

export function Preflight({ answer, onLeaveOut }: PreflightProps) {
  const { rounds, entries, decisions, messages, times, capacity, cost, warnings, misfits } = answer;
  const others = warnings.filter((warning) => !misfits.some((misfit) => misfit.warning === warning));
  const rows: readonly (readonly [string, ReactNode])[] = [
    ["Rounds", <Count key="r" value={rounds} />],
    ["Entries", <Count key="e" value={entries} />],
    ["First round", <DateTime key="f" at={answer.first_due_at} everySeconds={times.interval_seconds} />],
    ["Last round", <DateTime key="l" at={answer.last_due_at} everySeconds={times.interval_seconds} />],
    ["Market clock", clockText(times.market_clock) ?? "real time"],
    ["Decisions owed", <Count key="d" value={decisions} />],
    ["Queue messages", <Count key="m" value={messages.total} />],
    [
      "Time to decide",
      times.window_seconds === null ? "no deadline" : <Duration key="w" seconds={times.window_seconds} />,
    ],
    [
      "A round needs",
      capacity === null ? (
        <Nothing key="c" />
      ) : (
        <span key="c">
          <Duration seconds={capacity.needs_seconds} /> of <Duration seconds={capacity.has_seconds} />
        </span>
      ),
    ],
    [
      "The platform bills, about",
      <span key="u" className="num">
        ${cost.total_usd.toFixed(2)}
      </span>,
    ],
  ];
  return (
    <Card title="What will happen">
      <div className="stack tight">
        {others.map((warning) => (
          <div key={warning} className="note-bar">
            {warning}
          </div>
        ))}
        {misfits.map(({ agent_id, agent, warning }) => (
          <div key={warning} className="note-bar">
            <span className="said">{warning}</span>
            <Button tiny onClick={() => onLeaveOut([agent_id])}>
              Leave {agent} out
            </Button>
          </div>
        ))}
        {misfits.length > 1 ? (
          <div className="row">
            <Button tiny onClick={() => onLeaveOut(misfits.map(({ agent_id }) => agent_id))}>
              Leave all of them out
            </Button>
          </div>
        ) : null}
        <dl className="facts">
          {rows.map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ))}
        </dl>
        {capacity ? (
          <div className="row small soft">
            <meter
              min={0}
              max={1}
              low={0.5}
              high={0.9}
              optimum={0}
              value={Math.min(1, capacity.load)}
              aria-label="How full a round is"
            />
            <span>
              A round is <span className="num">{(capacity.load * 100).toFixed(1)} %</span> full.
            </span>
          </div>
        ) : null}
        <details>
          <summary>The bill, item by item</summary>
          <table className="grid">
            <tbody>
              {cost.items.map(({ what, quantity, usd }) => (
                <tr key={what}>
                  <td>{what}</td>
                  <td className="end">
                    <Count value={quantity} />
                  </td>
                  <td className="end num">${usd.toFixed(4)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </details>
      </div>
    </Card>
  );
}
