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
