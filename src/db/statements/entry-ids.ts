import type { Query } from "../query.ts";

/** Active entries of a tournament after `afterId`, in order, a page at a time. */
export async function activeEntryIds(
  query: Query,
  tournamentId: string,
  afterId: string | null,
  most: number,
): Promise<string[]> {
  const rows = await query<{ id: string }>(
    `select id from entries where tournament_id = $1 and status = 'active' and ($2::uuid is null or id > $2) order by id limit $3`,
    [tournamentId, afterId, most],
  );
  return rows.map((row) => row.id);
}
