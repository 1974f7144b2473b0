/** Runs a registered task with arguments of one's own: a form made of its schema, with the agents and tournaments by name. */
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useLocation } from "wouter";
import { fieldsOf, type NamedField, typeWords } from "../../../core/text/schema-words.ts";
import type { RegisteredTask } from "../../api/answers.ts";
import { answered, api, within } from "../../api/client.ts";
import { faultsByField } from "../../api/problem.ts";
import { Button } from "../../parts/button.tsx";
import { Card } from "../../parts/card.tsx";
import { Field, Select, TextInput, type Wiring } from "../../parts/field.tsx";
import { useFaultFocus } from "../../parts/keyboard/fault-focus.ts";
import { useAction } from "../polled.ts";
import { argsOf, firstTyped } from "./run-args.ts";

const NEWEST = "100";

export function RunForm({ task }: { readonly task: RegisteredTask }) {
  const [, navigate] = useLocation();
  const fields = fieldsOf(task.args);
  const [typed, setTyped] = useState(() => firstTyped(fields));
  const [later, setLater] = useState("");
  const countdown = later.trim() === "" ? {} : { countdown: Number(later) };
  const run = useAction(
    () => answered(api.tasks.$post({ json: { name: task.name, args: argsOf(fields, typed), ...countdown } })),
    `${task.name} is queued.`,
    "Not run.",
  );
  useFaultFocus(run.error);
  const { fields: faults, rest } = faultsByField(run.error, [...fields.map(({ name }) => `args.${name}`), "countdown"]);
  return (
    <Card title="Run it">
      <form
        className="stack run-form"
        onSubmit={(event) => {
          event.preventDefault();
          run.mutate(undefined, { onSuccess: ({ task_id }) => navigate(`/ops/tasks/${task_id}`) });
        }}
      >
        {fields.map((field) => (
          <Field
            key={field.name}
            label={field.name.replaceAll("_", " ")}
            hint={`${typeWords(field)}${field.required ? "" : "; may be left out"}`}
            faults={faults[`args.${field.name}`]}
          >
            {(wiring) => (
              <ArgInput
                field={field}
                wiring={wiring}
                value={typed[field.name] ?? ""}
                onValue={(value) => setTyped({ ...typed, [field.name]: value })}
              />
            )}
          </Field>
        ))}
        <Field label="Countdown, in seconds" hint="Empty: at once." faults={[...(faults.countdown ?? []), ...rest]}>
          {(wiring) => <TextInput {...wiring} mono inputMode="decimal" value={later} onValue={setLater} />}
        </Field>
        <div className="row">
          <Button submit kind="solid" busy={run.isPending} disabled={Number.isNaN(Number(later))}>
            Run it
          </Button>
        </div>
      </form>
    </Card>
  );
}

interface ArgProps {
  readonly field: NamedField;
  readonly wiring: Wiring;
  readonly value: string;
  readonly onValue: (value: string) => void;
}

function ArgInput({ field, wiring, value, onValue }: ArgProps) {
  const { name, type, required } = field;
  const none = required ? [] : [{ value: "", label: "left out" }];
  const choices = field.enum ?? (type === "boolean" ? ["true", "false"] : null);
  if (choices) {
    const options = [...none, ...choices.map((each) => ({ value: each, label: each }))];
    return <Select {...wiring} value={value} options={options} onValue={onValue} />;
  }
  if (name === "agent_id" || name === "tournament_id") {
    return (
      <NamePicker of={name === "agent_id" ? "agents" : "tournaments"} wiring={wiring} value={value} onValue={onValue} />
    );
  }
  return <TextInput {...wiring} mono value={value} onValue={onValue} />;
}

interface PickerProps extends Omit<ArgProps, "field"> {
  readonly of: "agents" | "tournaments";
}

/** An id that is picked by its name: the newest are offered, and any other id can be pasted. */
function NamePicker({ of, wiring, value, onValue }: PickerProps) {
  const { data } = useQuery({
    queryKey: ["ops", "pick", of],
    queryFn: ({ signal }): Promise<{ readonly items: readonly { readonly id: string; readonly name: string }[] }> =>
      of === "agents"
        ? answered(api.agents.$get({ query: { limit: NEWEST } }, within(signal)))
        : answered(api.tournaments.$get({ query: { limit: NEWEST } }, within(signal))),
  });
  const list = `${wiring.id}-names`;
  const named = data?.items.find(({ id }) => id === value)?.name;
  return (
    <span className="picker">
      <TextInput {...wiring} mono list={list} value={value} onValue={onValue} />
      <datalist id={list}>
        {data?.items.map(({ id, name }) => (
          <option key={id} value={id} label={name} />
        ))}
      </datalist>
      <span className="small said picked">{named ?? ""}</span>
    </span>
  );
}
