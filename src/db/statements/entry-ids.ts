import type { Query } from "../query.ts";

/** Active entries of a tournament, in order, the first `most` of them. */
export async function activeEntryIds(query: Query, tournamentId: string, most: number): Promise<string[]> {
  const rows = await query<{ id: string }>(
    `select id from entries where tournament_id = $1 and status = 'active' order by id limit $2`,
    [tournamentId, most],
  );
  return rows.map((row) => row.id);
}
