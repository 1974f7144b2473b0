/** A tournament's rounds, newest first. */
import type { Query } from "../../query.ts";

export type RoundRow = {
  id: string;
  number: number;
  state: "scheduled" | "open" | "closed" | "quoted" | "settled" | "skipped";
  skip_reason: string | null;
  due_at: string;
  /** 'infinity' in a replay. */
  deadline_at: string;
  participants: number;
  opened_at: string | null;
  closed_at: string | null;
  quoted_at: string | null;
  settled_at: string | null;
};

export const ROUND_COLUMNS = `id, number, state, skip_reason, due_at, deadline_at, participants, opened_at, closed_at,
  quoted_at, settled_at`;

/** `before`: only numbers below this one. */
export async function listRounds(
  query: Query,
  tournamentId: string,
  before: number | null,
  limit: number,
): Promise<RoundRow[]> {
  return query<RoundRow>(
    `select ${ROUND_COLUMNS} from rounds
      where tournament_id = $1 and ($2::int is null or number < $2) order by number desc limit $3`,
    [tournamentId, before, limit],
  );
}
