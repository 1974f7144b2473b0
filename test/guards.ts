/** Broken twins: the same statement with one guard taken out. A check that passes with both proves nothing. */
import type { Query } from "../src/db/query.ts";

export interface Twin {
  /** Text that only the statement in question has. */
  readonly of: string;
  /** A pattern must be global. */
  readonly guard: string | RegExp;
  readonly broken: string;
}

/** Sends every statement as it is, but the twin's with its guard replaced. Throws where the guard isn't there any more. */
export function withTwin(query: Query, twin: Twin): Query {
  return (text, params) => {
    if (!text.includes(twin.of)) return query(text, params);
    const broken = text.replaceAll(twin.guard, twin.broken);
    if (broken === text) throw new Error(`the statement has no guard ${twin.guard} any more`);
    return query(broken, params);
  };
}
