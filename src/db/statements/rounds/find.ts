import type { Query } from "../../query.ts";

/** A round by its number. */
export async function findRound(
  query: Query,
  tournamentId: string,
  number: number,
): Promise<{ id: string; state: string } | null> {
  const [row] = await query<{ id: string; state: string }>(
    `select id, state from rounds where tournament_id = $1 and number = $2`,
    [tournamentId, number],
  );
  return row ?? null;
}
