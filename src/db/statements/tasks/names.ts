/** The agents or tournaments that have a name, whatever its case. */
import type { Query } from "../../query.ts";
import { partOf } from "../../text-search.ts";

/** Tournaments often get the name of the one before. */
const SAME_NAME_MAX = 100;

// The search by trigrams narrows, by an index of agents; the comparison decides.
const IDS = {
  agent: `select id from agents where (name || ' ' || id::text) ilike $1 and lower(name) = lower($2) order by id desc limit ${SAME_NAME_MAX}`,
  tournament: `select id from tournaments where name ilike $1 and lower(name) = lower($2) order by id desc limit ${SAME_NAME_MAX}`,
} as const;

/** The newest first. */
export async function idsByName(query: Query, what: keyof typeof IDS, name: string): Promise<string[]> {
  const rows = await query<{ id: string }>(IDS[what], [partOf(name), name]);
  return rows.map((row) => row.id);
}
