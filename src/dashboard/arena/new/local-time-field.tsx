/** A field for a time in the viewer's zone. It names the zone, asks which of two equal hours is meant, and refuses a skipped one. */
import { Field, Select, TextInput } from "../../parts/field.tsx";
import { type Entered, instantOf, offsetText, readLocal } from "./local-time.ts";

interface LocalTimeProps {
  readonly label: string;
  readonly hint?: string;
  readonly zone: string;
  readonly value: Entered;
  readonly onValue: (value: Entered) => void;
  /** The API's sentences about the field. */
  readonly faults?: readonly string[] | undefined;
}

/** A sentence for a time that the zone skips. Null for every other time: the API judges it. */
export function skippedFault({ text }: Entered, zone: string): string | null {
  const read = readLocal(text, zone);
  if (read.kind !== "never") return null;
  const [, at = ""] = text.split("T");
  const [, next = ""] = read.next.split("T");
  return `${zone} skips ${at} on this day, when the clocks go forward: enter ${next}, for example.`;
}

export function LocalTimeField({ label, hint, zone, value, onValue, faults = [] }: LocalTimeProps) {
  const read = readLocal(value.text, zone);
  const at = instantOf(value, zone);
  const skipped = skippedFault(value, zone);
  const where = at === null ? zone : `${zone}, ${offsetText(at, zone)}`;
  return (
    <>
      <Field
        label={label}
        hint={`In your time zone: ${where}.${hint ? ` ${hint}` : ""}`}
        faults={skipped === null ? faults : [skipped]}
      >
        {(wiring) => (
          <TextInput
            {...wiring}
            mono
            type="datetime-local"
            value={value.text}
            onValue={(text) => onValue({ text, second: value.second })}
          />
        )}
      </Field>
      {read.kind === "twice" ? (
        <Field label={`${label}: which of the two`} hint="The clocks go back on this day: this time comes twice.">
          {(wiring) => (
            <Select
              {...wiring}
              options={[
                { value: "first", label: `the first, ${offsetText(read.first, zone)}` },
                { value: "second", label: `the second, ${offsetText(read.second, zone)}` },
              ]}
              value={value.second ? "second" : "first"}
              onValue={(which) => onValue({ text: value.text, second: which === "second" })}
            />
          )}
        </Field>
      ) : null}
    </>
  );
}
