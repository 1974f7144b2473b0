/** The settled rounds of a tournament, page by page. */
import type { Query } from "../../query.ts";

export type SettledRound = { id: string; number: number; due_at: string };

type Span = { readonly after: number; readonly limit: number } | { readonly before: null; readonly limit: number };

/** `after`: the rounds behind this number, the oldest first. `before: null`: the newest ones, the newest first. */
export async function readSettledRounds(query: Query, tournamentId: string, span: Span): Promise<SettledRound[]> {
  const rows = "select id, number, due_at from rounds where tournament_id = $1 and state = 'settled'";
  if ("after" in span) {
    return query<SettledRound>(`${rows} and number > $2 order by number limit $3`, [
      tournamentId,
      span.after,
      span.limit,
    ]);
  }
  return query<SettledRound>(`${rows} order by number desc limit $2`, [tournamentId, span.limit]);
}
