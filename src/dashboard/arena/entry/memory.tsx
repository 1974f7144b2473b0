import { useQuery } from "@tanstack/react-query";
import { RefreshCw } from "lucide-react";
import type { AgentMemory } from "../../api/answers.ts";
import { IconButton } from "../../parts/button.tsx";
import { JsonView } from "../../parts/json-view.tsx";
import { Loaded } from "../../parts/loaded.tsx";
import { Price, Quantity } from "../../parts/text/numbers.tsx";
import { RelativeTime } from "../../parts/text/time.tsx";
import { baseOf } from "../words.ts";
import { Plans } from "./plans.tsx";
import { memoryQuery } from "./queries.ts";

interface MemoryProps {
  readonly tournamentId: string;
  readonly agentId: string;
}

/** What the agent remembers for its next decision. */
export function EntryMemory({ tournamentId, agentId }: MemoryProps) {
  const query = useQuery(memoryQuery(tournamentId, agentId));
  return (
    <Loaded from={query} what="The memory did not load." bones={6}>
      {(memory) => <Memory memory={memory} busy={query.isFetching} again={() => void query.refetch()} />}
    </Loaded>
  );
}

interface HeldProps {
  readonly memory: AgentMemory;
  readonly busy: boolean;
  readonly again: () => void;
}

function Memory({ memory, busy, again }: HeldProps) {
  const { last_decision: last, last_trades, notes, theses, plan_steps, cap } = memory;
  return (
    <div className="tab-pad stack">
      <section>
        <div className="row between">
          <h3 className="minor">Last decision</h3>
          <IconButton tiny label="Read it again" disabled={busy} onClick={again}>
            <RefreshCw aria-hidden />
          </IconButton>
        </div>
        {last ? (
          <>
            <p className="soft small">
              Round <span className="num">{last.round}</span>, <RelativeTime at={last.decided_at} />
            </p>
            <p className="said">{last.reasoning}</p>
          </>
        ) : (
          <p className="soft">No decision may be shown yet.</p>
        )}
      </section>
      <section>
        <h3 className="minor">Notes of its strategy, at most {(cap.notes_bytes / 1024).toFixed(0)} KB</h3>
        {notes === null ? (
          <p className="soft">It keeps none.</p>
        ) : notes.hidden ? (
          <p className="soft">The notes belong to the open round and are hidden until it closes.</p>
        ) : (
          <>
            <p className="soft small">
              Of round <span className="num">{notes.round}</span>
            </p>
            <JsonView value={notes.notes} label="Notes" />
          </>
        )}
      </section>
      {theses.length + plan_steps.length === 0 ? null : <Plans theses={theses} steps={plan_steps} />}
      <section>
        <h3 className="minor">Last trades, at most {cap.trades}</h3>
        {last_trades.length === 0 ? (
          <p className="soft">None yet.</p>
        ) : (
          <ul className="stack tight">
            {last_trades.map(({ round, side, symbol, quantity, price, filled_at }) => (
              <li key={`${round} ${symbol} ${side} ${quantity}`} className="row between small">
                <span>
                  <span className={`side ${side}`}>{side}</span> <Quantity value={quantity} /> {baseOf(symbol)} at{" "}
                  <Price value={price} />
                </span>
                <span className="soft">
                  <RelativeTime at={filled_at} />
                </span>
              </li>
            ))}
          </ul>
        )}
      </section>
    </div>
  );
}
