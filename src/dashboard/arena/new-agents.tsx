/** Who plays: all agents that are there, ticked one by one. */
import { useState } from "react";
import type { Agent } from "../api/answers.ts";
import { Button } from "../parts/button.tsx";
import { Card } from "../parts/card.tsx";
import { Chip } from "../parts/chip.tsx";
import { Checkbox, Field, TextInput } from "../parts/field.tsx";
import { Loaded } from "../parts/loaded.tsx";
import { EmptyState } from "../parts/states.tsx";
import { markOf } from "./agent-look.ts";
import { AgentName } from "./agent-name.tsx";
import { Faults } from "./new-symbols.tsx";
import { plain } from "./words.ts";

interface PickProps {
  readonly asked: {
    readonly data: readonly Agent[] | undefined;
    readonly error: unknown;
    readonly refetch: () => unknown;
  };
  /** Null: all. */
  readonly chosen: readonly string[] | null;
  readonly onChosen: (ids: readonly string[]) => void;
  readonly faults: readonly string[] | undefined;
}

/** Rows in view; a search finds the others. */
const SHOWN = 200;
const AGENTS_FAULT = "agents-fault";

export function AgentPicker({ asked, chosen, onChosen, faults }: PickProps) {
  const [q, setQ] = useState("");
  const all = asked.data ?? [];
  const ticked = new Set(chosen ?? all.map(({ id }) => id));
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
          <Button tiny onClick={() => onChosen(all.map(({ id }) => id))}>
            All
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
              <code>npm start</code> makes the house contestants; POST /agents makes one of your own.
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
                        <AgentName
                          look={{ mark: markOf(agent.name), baseline: agent.baseline, index: 0 }}
                          name={agent.name}
                        />
                        <span className="soft small">{plain(agent.strategy)}</span>
                        {agent.baseline ? <Chip>baseline</Chip> : null}
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
