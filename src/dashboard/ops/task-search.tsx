/** Chips of states with their counts, and the search box of the task list. */
import { Search } from "lucide-react";
import { useEffect, useState } from "react";
import { Button } from "../parts/button.tsx";
import { Field, TextInput } from "../parts/field.tsx";
import { parseSearch, searchText, type TaskFilter, taskStates } from "./task-filter.ts";

interface ChipsProps {
  readonly filter: TaskFilter;
  /** Null where nobody counts: other conditions than name and queue hold. */
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
}

export function TaskSearch({ filter, onFilter }: SearchProps) {
  const typed = searchText(filter);
  const [text, setText] = useState(typed);
  const [fault, setFault] = useState<string | null>(null);
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
        hint="Text of arguments, results and errors, or conditions: name=run_agent_decision queue=agents args.round=12"
        faults={fault ? [fault] : []}
      >
        {(wiring) => <TextInput {...wiring} type="search" value={text} onValue={setText} />}
      </Field>
      <Button submit>
        <Search aria-hidden /> Search
      </Button>
    </form>
  );
}
