import type { Query } from "../../query.ts";

export type ActiveEntry = { id: string; is_house: boolean };

/** Active entries of a tournament, in order, the first `most` of them. */
export async function activeEntries(query: Query, tournamentId: string, most: number): Promise<ActiveEntry[]> {
  return query<ActiveEntry>(
    `select id, kind = 'house' and thinking_seconds is null as is_house from entries
      where tournament_id = $1 and status = 'active' order by id limit $2`,
    [tournamentId, most],
  );
}
