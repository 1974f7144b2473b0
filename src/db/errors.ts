/** What a failed statement means for the work that sent it. */

/**
 * bad_row: somebody's row can't be stored. ours: the server's trouble, try all again. unknown: it may have committed;
 * repeat what is keyed. bug: the statement itself is wrong, and would be for ever.
 */
export type DatabaseFault = "bad_row" | "ours" | "unknown" | "bug";

/** Connection, rollback (read-only after a failover, deadlock), resources, locks, operator, system, internal. */
const OURS = new Set(["08", "25", "40", "53", "55", "57", "58", "XX"]);

/** SQLSTATE of an error or of a cause behind it; null when the server never answered. */
export function sqlState(error: unknown): string | null {
  let at: unknown = error;
  for (let depth = 0; at instanceof Error && depth < 6; depth++) {
    if ("code" in at && typeof at.code === "string" && /^[0-9A-Z]{5}$/.test(at.code)) return at.code;
    at = at.cause;
  }
  return null;
}

export function databaseFault(error: unknown): DatabaseFault {
  const state = sqlState(error);
  if (state === null) return "unknown";
  const kind = state.slice(0, 2);
  if (kind === "22" || kind === "23") return "bad_row";
  return OURS.has(kind) ? "ours" : "bug";
}

/**
 * The database, or an object, that gave no answer of its own: whoever calls one throws this in place of what it got. What
 * else fails with the same words (a handler's own call to the outside) is no fault of the platform.
 */
export class OutOfReach extends Error {
  override readonly name = "OutOfReach";
  readonly what: "database" | "object";

  constructor(what: OutOfReach["what"], cause: unknown) {
    super(`the ${what} is out of reach`, { cause });
    this.what = what;
  }
}

/** Nobody's fault but ours or the platform's, and likely to pass: to be tried again, at nobody's cost. */
export function isOutOfReach(error: unknown): boolean {
  return databaseFault(error) === "ours" || outOfReach(error) !== null;
}

/** What could not be reached, itself or as a cause; null: it was something else. */
export function outOfReach(error: unknown): OutOfReach["what"] | null {
  let at: unknown = error;
  for (let depth = 0; at instanceof Error && depth < 6; depth++) {
    if (at instanceof OutOfReach) return at.what;
    at = at.cause;
  }
  return null;
}
