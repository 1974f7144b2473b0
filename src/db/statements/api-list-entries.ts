/** A tournament's entries in the order in which they joined. */
import type { Query } from "../query.ts";

export type EntryRow = {
  id: string;
  agent_id: string;
  agent_name: string;
  strategy: string;
  baseline: boolean;
  limits: Record<string, unknown> | null;
  params: Record<string, unknown>;
  thinking_seconds: number | null;
  status: string;
  first_round: number;
  last_round: number | null;
  cash: string;
  version: number;
  recoveries: number;
  trades_count: number;
  joined_at: string;
};

/** `after`: only entry ids above this one. */
export async function listEntries(
  query: Query,
  tournamentId: string,
  after: string | null,
  limit: number,
): Promise<EntryRow[]> {
  return query<EntryRow>(
    `select id, agent_id, agent_name, strategy, baseline, limits, params, thinking_seconds, status, first_round,
        last_round, trim_scale(cash)::text as cash, version, recoveries, trades_count, joined_at
       from entries where tournament_id = $1 and ($2::uuid is null or id > $2) order by id limit $3`,
    [tournamentId, after, limit],
  );
}
