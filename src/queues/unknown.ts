/**
 * Messages and objects outlive what they are about when the database is restored from a backup. What it doesn't know
 * never happened: it ends here, changes nothing, and is said.
 */
import { findUnknown, type Known } from "../db/statements/unknown-ids.ts";
import type { RoundPorts } from "../rounds/ports.ts";

/** Those that the database doesn't know. */
export async function sayUnknown(
  ports: Pick<RoundPorts, "query" | "log">,
  what: Known,
  ids: readonly string[],
): Promise<string[]> {
  const unknown = await findUnknown(ports.query, what, ids);
  if (unknown.length > 0) ports.log({ event: "unknown", what, ids: unknown.slice(0, 20), count: unknown.length });
  return unknown;
}
