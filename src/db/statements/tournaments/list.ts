/** Tournaments, newest first, without practices. */
import type { Query } from "../../query.ts";
import { SELECT_TOURNAMENT, type TournamentRow } from "./columns.ts";

/** `before`: only ids below this one. */
export async function listTournaments(
  query: Query,
  status: string | null,
  before: string | null,
  limit: number,
): Promise<TournamentRow[]> {
  return query<TournamentRow>(
    `${SELECT_TOURNAMENT}
      where t.practice_of is null and ($1::text is null or t.status = $1) and ($2::uuid is null or t.id < $2)
      order by t.id desc limit $3`,
    [status, before, limit],
  );
}
