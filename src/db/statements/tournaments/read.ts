/** One tournament, or null. */
import type { Query } from "../../query.ts";
import { SELECT_TOURNAMENT, type TournamentRow } from "./columns.ts";

export async function readTournament(query: Query, id: string): Promise<TournamentRow | null> {
  const [row] = await query<TournamentRow>(`${SELECT_TOURNAMENT} where t.id = $1`, [id]);
  return row ?? null;
}
