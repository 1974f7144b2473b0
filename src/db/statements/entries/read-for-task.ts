import type { Query } from "../../query.ts";

/** What an entry's decision task needs of it. */
export async function readEntryTask(
  query: Query,
  entryId: string,
): Promise<{ agent_id: string; interval_seconds: number } | null> {
  const [row] = await query<{ agent_id: string; interval_seconds: number }>(
    `select e.agent_id, t.interval_seconds from entries e join tournaments t on t.id = e.tournament_id where e.id = $1`,
    [entryId],
  );
  return row ?? null;
}
