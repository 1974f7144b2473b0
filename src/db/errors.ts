/** What a failed statement means for the work that sent it. */
import { errorChain } from "../log.ts";

/**
 * bad_row: a row of the statement can't be stored. ours: the database is in trouble; repeat the statement. unknown: the
 * statement may have committed; repeat it only if it is keyed. bug: the statement is wrong and would fail every time.
 */
export type DatabaseFault = "bad_row" | "ours" | "unknown" | "bug";

/**
 * SQLSTATE classes: connection, transaction state (25: read-only after a failover), rollback (40: deadlock), resources,
 * locks, operator intervention, system error, internal error.
 */
const OURS = new Set(["08", "25", "40", "53", "55", "57", "58", "XX"]);

/** SQLSTATE of an error or of a cause behind it; null when the server never answered. */
export function sqlState(error: unknown): string | null {
  for (const at of errorChain(error)) {
    if ("code" in at && typeof at.code === "string" && /^[0-9A-Z]{5}$/.test(at.code)) return at.code;
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
 * The database or a Durable Object gave no answer. The code that calls one of them wraps the error in this class,
 * because the message alone doesn't tell: a handler's own call to an outside service can fail with the same words.
 */
export class OutOfReach extends Error {
  override readonly name = "OutOfReach";
  readonly what: "database" | "object";

  constructor(what: OutOfReach["what"], cause: unknown) {
    super(`the ${what} is out of reach`, { cause });
    this.what = what;
  }
}

/** True for a fault of ours or of the platform that is likely to pass. The work is repeated and no attempt is spent. */
export function isOutOfReach(error: unknown): boolean {
  return databaseFault(error) === "ours" || outOfReach(error) !== null;
}

/** What could not be reached, according to the error or one of its causes. Null for every other error. */
export function outOfReach(error: unknown): OutOfReach["what"] | null {
  return errorChain(error).find((at) => at instanceof OutOfReach)?.what ?? null;
}
