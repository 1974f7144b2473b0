/**
 * Guards and their broken twins. The source marks each guard by a name: a comment with "guard" and its name
 * before it, a comment with "end" behind it.
 * A twin is the same code without one guard. A check that passes with the twin too proves nothing.
 */
import type { Query } from "../../src/db/query.ts";
import { projectFiles, read } from "./project-files.ts";

export interface Twin {
  /** The name that the source gives it. A name may stand at several places, which then form one guard. */
  readonly guard: string;
  /** What stands in its place. Default: nothing. */
  readonly broken?: string;
}

const MARKED = /\/\* guard ([a-z-]+) \*\/[\s\S]*?\/\* end \*\//g;

/** The names of all guards in a text, each once. */
export const guardsIn = (text: string): string[] => [
  ...new Set([...text.matchAll(MARKED)].map(([, name = ""]) => name)),
];

/** The text with one guard replaced; unchanged where it has no such guard. */
export function withoutGuard(text: string, { guard, broken = "" }: Twin): string {
  return text.replaceAll(MARKED, (whole, name: string) => (name === guard ? broken : whole));
}

/** Sends every statement without the twin's guard. Throws for a guard that no source has. */
export function withTwin(query: Query, twin: Twin): Query {
  if (!guardNames().has(twin.guard)) throw new Error(`no source has a guard ${twin.guard}`);
  return (text, params) => query(withoutGuard(text, twin), params);
}

let names: ReadonlySet<string> | undefined;

/** Every guard that the sources have. */
export function guardNames(): ReadonlySet<string> {
  const files = () =>
    projectFiles("src/core", "src/db", "src/engine", "src/rounds", "src/tasks", "durable-objects").filter((file) =>
      /\.tsx?$/.test(file),
    );
  names ??= new Set(files().flatMap((file) => guardsIn(read(file))));
  return names;
}
