/** Chooses the agents that play, one checkbox each. */
import { useMemo, useState } from "react";
import { Link } from "wouter";
import type { Agent } from "../../api/answers.ts";
import { Button } from "../../parts/button.tsx";
import { Card } from "../../parts/card.tsx";
import { Chip } from "../../parts/chip.tsx";
import { Checkbox, Field, TextInput } from "../../parts/field.tsx";
import { Loaded } from "../../parts/loaded.tsx";
import { EmptyState } from "../../parts/states.tsx";
import { lookOf } from "../agents/look.ts";
import { AgentName } from "../agents/name.tsx";
import { missingSymbol } from "../agents/symbol.ts";
import { plain } from "../words.ts";
import { Faults } from "./symbols.tsx";

interface PickProps {
  readonly asked: {
    readonly data: readonly Agent[] | undefined;
    readonly error: unknown;
    readonly refetch: () => unknown;
  };
  readonly chosen: readonly string[];
  /** What the tournament trades. */
  readonly symbols: readonly string[];
  readonly onChosen: (ids: readonly string[]) => void;
  readonly faults: readonly string[] | undefined;
}

/** The most rows that are shown; a search finds the others. */
const SHOWN = 200;
const AGENTS_FAULT = "agents-fault";

export function AgentPicker({ asked, chosen, symbols, onChosen, faults }: PickProps) {
  const [q, setQ] = useState("");
  // The baselines are made last. They stand behind those that compete.
  const all = useMemo(
    () => (asked.data ?? []).toSorted((a, b) => Number(a.baseline) - Number(b.baseline)),
    [asked.data],
  );
  const ticked = new Set(chosen);
  const fitting = all.filter((agent) => missingSymbol(agent, symbols) === null);
  const found = all.filter(({ name }) => name.toLowerCase().includes(q.trim().toLowerCase()));
  const tick = (id: string, on: boolean) => {
    if (on) ticked.add(id);
    else ticked.delete(id);
    onChosen(all.flatMap((agent) => (ticked.has(agent.id) ? [agent.id] : [])));
  };
  return (
    <Card
      title={
        <>
          Agents{" "}
          <span className="soft num">
            {ticked.size} of {all.length}
          </span>
        </>
      }
      flush
      actions={
        <>
          <Button tiny onClick={() => onChosen(fitting.map(({ id }) => id))}>
            {fitting.length === all.length ? "All" : "All that fit"}
          </Button>
          <Button tiny onClick={() => onChosen([])}>
            None
          </Button>
        </>
      }
    >
      <div className="tab-pad">
        <Field label="Search by name">
          {(wiring) => <TextInput {...wiring} type="search" value={q} onValue={setQ} />}
        </Field>
        <Faults of={faults} id={AGENTS_FAULT} />
      </div>
      <Loaded from={asked} what="The agents did not load." bones={6}>
        {() =>
          all.length === 0 ? (
            <EmptyState title="No agents yet">
              <code>npm start</code> makes the house agents. <Link href="/a/new">Make an agent of your own</Link>
            </EmptyState>
          ) : (
            <ul
              className="agent-picks"
              // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
              tabIndex={0}
              aria-label="Agents"
              aria-describedby={faults ? AGENTS_FAULT : undefined}
            >
              {found.slice(0, SHOWN).map((agent) => (
                <li key={agent.id}>
                  <Checkbox
                    checked={ticked.has(agent.id)}
                    onChecked={(on) => tick(agent.id, on)}
                    label={
                      <>
                        <AgentName look={lookOf(agent)} name={agent.name} />
                        <span className="soft small">{plain(agent.strategy)}</span>
                        {agent.baseline ? <Chip>baseline</Chip> : null}
                        {missingSymbol(agent, symbols) === null ? null : (
                          <span className="wait small">{missingSymbol(agent, symbols)} is not traded</span>
                        )}
                      </>
                    }
                  />
                </li>
              ))}
              {found.length > SHOWN ? (
                <li className="soft small">and {found.length - SHOWN} more: search for them</li>
              ) : null}
            </ul>
          )
        }
      </Loaded>
    </Card>
  );
}
