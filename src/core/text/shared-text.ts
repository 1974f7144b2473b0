/**
 * A value that a batch sends to each of its objects, as JSON. A call to an object copies a text in one piece, but it copies a
 * structure member by member, when it is sent and again when it arrives. So the sender writes the text once for all objects, and
 * the objects of one isolate parse it once. Only values that JSON can hold without loss may be sent this way.
 */
import { keepNewest } from "../keep-newest.ts";

export class SharedText<Value extends object> {
  readonly #known = new Map<string, Value>();
  readonly #kept: number;

  /** `kept`: how many texts stay in memory after they were read. */
  constructor(kept: number) {
    this.#kept = kept;
  }

  write(value: Value): string {
    return JSON.stringify(value);
  }

  /** Frozen through and through, because the next reader gets the same one. */
  read(text: string): Value {
    const known = this.#known.get(text);
    if (known) return known;
    const value: Value = frozen(JSON.parse(text));
    keepNewest(this.#known, text, value, this.#kept);
    return value;
  }
}

function frozen<Part extends object>(value: Part): Part {
  for (const part of Object.values(value)) if (typeof part === "object" && part !== null) frozen(part);
  return Object.freeze(value);
}
