/** Why a language model holds its positions, and what it wants to do later. */
import type { AgentMemory } from "../../api/answers.ts";
import { Price } from "../../parts/text/numbers.tsx";
import { DateTime } from "../../parts/text/time.tsx";

interface PlansProps {
  readonly theses: AgentMemory["theses"];
  readonly steps: AgentMemory["plan_steps"];
}

export function Plans({ theses, steps }: PlansProps) {
  return (
    <>
      <section>
        <h3 className="minor">Theses of its positions</h3>
        <ul className="stack tight">
          {theses.map(({ symbol, round, why, price, exit, state, realised, closed_round }) => (
            <li key={`${round} ${symbol}`} className="small">
              {symbol} at <Price value={price} />, {state === "closed" ? `closed in round ${closed_round}` : state}, of
              round <span className="num">{round}</span>
              <p className="said">{why}</p>
              {exit === null ? null : <p className="soft said">{exitText(exit)}</p>}
              {state === "closed" ? (
                <p className="soft">
                  Realised <Price value={realised} />
                </p>
              ) : null}
            </li>
          ))}
        </ul>
      </section>
      <section>
        <h3 className="minor">Plan steps</h3>
        <ul className="stack tight">
          {steps.map(({ number, type, at, symbol, amount, note, state, reason }) => (
            <li key={number} className="small">
              {type} {symbol} {amount} at <DateTime at={at} />, {state}
              {note === undefined ? null : <p className="soft said">{note}</p>}
              {reason === null ? null : <p className="soft">{reason}</p>}
            </li>
          ))}
        </ul>
      </section>
    </>
  );
}

function exitText({ stop, target, invalidation }: NonNullable<AgentMemory["theses"][number]["exit"]>): string {
  const parts = [stop && `stop ${stop}`, target && `target ${target}`, invalidation];
  return `Exit: ${parts.filter((part) => part !== undefined).join(", ")}`;
}
