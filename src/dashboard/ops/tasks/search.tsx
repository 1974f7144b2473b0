/** Chips of states with their counts, and the search box of the task list. */
import { useQuery } from "@tanstack/react-query";
import { Search } from "lucide-react";
import { useDeferredValue, useEffect, useId, useState } from "react";
import type { ListedTask } from "../../api/answers.ts";
import { answered, api, within } from "../../api/client.ts";
import { Button } from "../../parts/button.tsx";
import { Field, TextInput } from "../../parts/field.tsx";
import { argsOf, completions, unfinished } from "./completion.ts";
import { parseSearch, searchText, type TaskFilter, taskStates } from "./filter.ts";

interface ChipsProps {
  readonly filter: TaskFilter;
  /** Null when the filter has conditions that the server does not count by. */
  readonly counts: Readonly<Record<string, number>> | null;
  readonly onFilter: (filter: TaskFilter) => void;
}

export function StateChips({ filter, counts, onFilter }: ChipsProps) {
  const chosen = new Set((filter.state ?? "").split(",").filter(Boolean));
  const toggle = (state: string) => {
    const next = new Set(chosen);
    if (!next.delete(state)) next.add(state);
    const { state: _, ...rest } = filter;
    onFilter(next.size > 0 ? { ...rest, state: [...next].join(",") } : rest);
  };
  return (
    <fieldset className="state-chips">
      <legend className="hidden-text">States</legend>
      {taskStates.map((state) => (
        <button
          key={state}
          type="button"
          className="state-chip"
          aria-pressed={chosen.has(state)}
          onClick={() => toggle(state)}
        >
          <span className={`state-dot ${state}`} aria-hidden="true" />
          {state}
          {counts ? <span className="num">{(counts[state] ?? 0).toLocaleString("en")}</span> : null}
        </button>
      ))}
    </fieldset>
  );
}

interface SearchProps {
  readonly filter: TaskFilter;
  readonly onFilter: (filter: TaskFilter) => void;
  /** The tasks that are shown: their arguments are offered as conditions. */
  readonly tasks: readonly ListedTask[];
  /** Why the server refused the search: an agent that does not exist. */
  readonly refused: string | null;
}

export function TaskSearch({ filter, onFilter, tasks, refused }: SearchProps) {
  const typed = searchText(filter);
  const [text, setText] = useState(typed);
  const [fault, setFault] = useState<string | null>(null);
  const [asks, setAsks] = useState(false);
  const options = useId();
  const known = useKnown(asks ? text : "", asks);
  useEffect(() => setText(typed), [typed]);
  const search = () => {
    const parsed = parseSearch(text);
    setFault(parsed.fault);
    if (parsed.fault === null) onFilter(filter.state ? { ...parsed.filter, state: filter.state } : parsed.filter);
  };
  return (
    <form
      className="task-search"
      onSubmit={(event) => {
        event.preventDefault();
        search();
      }}
    >
      <Field
        label="Search"
        hint="A name of an agent, a tournament or a task, a text of an error, an id, or conditions: agent=DipBuyer queue=agents args.recover_from_crash=true"
        faults={fault ? [fault] : refused ? [refused] : []}
      >
        {(wiring) => (
          <TextInput
            {...wiring}
            type="search"
            list={options}
            value={text}
            onValue={setText}
            onFocus={() => setAsks(true)}
          />
        )}
      </Field>
      <datalist id={options}>
        {completions(text, { ...known, args: argsOf(tasks) }).map((option) => (
          <option key={option} value={option} />
        ))}
      </datalist>
      <Button submit>
        <Search aria-hidden /> Search
      </Button>
    </form>
  );
}

const NAMES = "20";
/** Tournaments are completed from the newest of them. */
const NEWEST = "100";

/** Names for the completion. Agents and tournaments are asked for when such a condition is typed. */
function useKnown(text: string, enabled: boolean) {
  const { key, value } = unfinished(text);
  const q = useDeferredValue(value.trim());
  const registered = useQuery({
    queryKey: ["ops", "registered"],
    queryFn: ({ signal }) => answered(api.inspect.registered.$get({}, within(signal))),
    enabled,
  });
  const agents = useQuery({
    queryKey: ["ops", "complete", "agents", q],
    queryFn: ({ signal }) => answered(api.agents.$get({ query: { q: q || undefined, limit: NAMES } }, within(signal))),
    enabled: enabled && key === "agent",
  });
  const tournaments = useQuery({
    queryKey: ["ops", "complete", "tournaments"],
    queryFn: ({ signal }) => answered(api.tournaments.$get({ query: { limit: NEWEST } }, within(signal))),
    enabled: enabled && key === "tournament",
  });
  const names = (list: { readonly items: readonly { readonly name: string }[] } | undefined) => [
    ...new Set(list?.items.map(({ name }) => name)),
  ];
  return { tasks: names(registered.data), agents: names(agents.data), tournaments: names(tournaments.data) };
}
