/** The form of a registered task's arguments: what is typed becomes JSON. Pure. */
import type { NamedField } from "../../../core/text/schema-words.ts";

/** What is typed, by the name of the argument. An empty text is no argument. */
export type Typed = Readonly<Record<string, string>>;

/** What each field holds at first: its default, as it is typed. */
export function firstTyped(fields: readonly NamedField[]): Typed {
  return Object.fromEntries(
    fields.map(({ name, default: value }) => [
      name,
      value === undefined ? "" : typeof value === "string" ? value : JSON.stringify(value),
    ]),
  );
}

function argOf(field: NamedField, text: string): unknown {
  if (field.type === "boolean") return text === "true";
  if (field.type === "number" || field.type === "integer") return Number.isNaN(Number(text)) ? text : Number(text);
  if (field.type === "array") return text.split(/[\s,]+/).filter(Boolean);
  if (field.type === "object") {
    try {
      return JSON.parse(text);
    } catch {
      return text;
    }
  }
  return text;
}

/** The server checks the arguments and says what is wrong, so a value that is no number goes as its text. */
export function argsOf(fields: readonly NamedField[], typed: Typed): Record<string, unknown> {
  return Object.fromEntries(
    fields.flatMap((field) => {
      const text = (typed[field.name] ?? "").trim();
      return text === "" ? [] : [[field.name, argOf(field, text)]];
    }),
  );
}
