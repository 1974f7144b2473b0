/**
 * Messages and objects outlive their rows when the database is restored from a backup. A message for a row that no longer
 * exists is acknowledged and logged; nothing else happens.
 */
import { findUnknown, type Known } from "../db/statements/tasks/unknown-ids.ts";
import type { EnginePorts } from "./task.ts";

/** Logs the ids that the database does not know, and returns them. */
export async function logUnknownIds(
  ports: Pick<EnginePorts, "query" | "log">,
  what: Known,
  ids: readonly string[],
): Promise<string[]> {
  const unknown = await findUnknown(ports.query, what, ids);
  if (unknown.length > 0) ports.log({ event: "unknown", what, ids: unknown.slice(0, 20), count: unknown.length });
  return unknown;
}
