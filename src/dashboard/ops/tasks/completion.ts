/** What the search box of tasks may go on with. Pure. */
import { queueNames } from "../../../core/tasks/queues.ts";
import { conditions, written } from "./filter.ts";

const LAST = /(?:^|\s)((?:[^\s="']+=)?(?:"[^"]*|'[^']*|\S*))$/;
const SHOWN = 12;

export interface Known {
  /** Names of tasks. */
  readonly tasks: readonly string[];
  readonly agents: readonly string[];
  readonly tournaments: readonly string[];
  /** Keys of arguments, with a value that some task has. */
  readonly args: ReadonlyMap<string, string>;
}

export interface Unfinished {
  /** All before the part that is being typed. */
  readonly before: string;
  /** The condition that is being typed, without its value. Null: a word. */
  readonly key: string | null;
  readonly value: string;
}

/** The part of the text that is being typed. */
export function unfinished(text: string): Unfinished {
  const part = LAST.exec(text)?.[1] ?? "";
  const before = text.slice(0, text.length - part.length);
  const at = part.indexOf("=");
  if (at < 0) return { before, key: null, value: part };
  return { before, key: part.slice(0, at), value: part.slice(at + 1).replace(/^["']/, "") };
}

/** Whole texts for the box, the likeliest first. */
export function completions(text: string, known: Known): string[] {
  const { before, key, value } = unfinished(text);
  const fits = (candidate: string) => candidate.toLowerCase().includes(value.toLowerCase());
  const values = (of: string, from: readonly string[]) =>
    from.filter(fits).map((each) => `${before}${of}=${written(each)}`);
  switch (key) {
    case null: {
      const keys = [
        ...Object.keys(conditions)
          .slice(0, 4)
          .map((each) => `${each}=`),
        ...known.args.keys(),
      ];
      return keys
        .filter(fits)
        .slice(0, SHOWN)
        .map((each) => before + each);
    }
    case "name":
      return values(key, known.tasks).slice(0, SHOWN);
    case "queue":
      return values(key, queueNames);
    case "agent":
      return values(key, known.agents).slice(0, SHOWN);
    case "tournament":
      return values(key, known.tournaments).slice(0, SHOWN);
    default: {
      const example = known.args.get(`${key}=`);
      return example === undefined ? [] : values(key, [example]);
    }
  }
}

/** The keys of some tasks' arguments as conditions, each with the value of the first task that has it. */
export function argsOf(tasks: readonly { readonly args: unknown }[]): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const { args } of tasks) {
    if (typeof args !== "object" || args === null) continue;
    for (const [key, value] of Object.entries(args)) {
      const plain = typeof value === "string" || typeof value === "number" || typeof value === "boolean";
      if (plain && /^[A-Za-z0-9_-]{1,80}$/.test(key) && !found.has(`args.${key}=`))
        found.set(`args.${key}=`, String(value));
    }
  }
  return found;
}
