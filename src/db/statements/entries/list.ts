/** A tournament's entries in the order in which they joined. */
import type { AgentKind } from "../../../core/agents/agent-kinds.ts";
import type { Query } from "../../query.ts";

export type EntryRow = {
  id: string;
  agent_id: string;
  agent_name: string;
  strategy: string;
  baseline: boolean;
  limits: Record<string, unknown> | null;
  params: Record<string, unknown>;
  thinking_seconds: number | null;
  kind: AgentKind;
  /** Since when it is asked no more. */
  halted_at: string | null;
  status: string;
  first_round: number;
  last_round: number | null;
  cash: string;
  /** Null where it is hidden. */
  version: number | null;
  recoveries: number;
  trades_count: number;
  joined_at: string;
};

/** `after`: only entry ids above this one. Without `secrets` an open round hides the version: an order has raised it. */
export async function listEntries(
  query: Query,
  tournamentId: string,
  after: string | null,
  limit: number,
  secrets: boolean,
): Promise<EntryRow[]> {
  return query<EntryRow>(
    `select id, agent_id, agent_name, strategy, baseline, limits, params, thinking_seconds, kind, halted_at, status, first_round,
        last_round, trim_scale(cash)::text as cash, recoveries, trades_count, joined_at,
        case when $4 or not exists (select from rounds r where r.tournament_id = $1 and r.state = 'open') then version end as version
       from entries where tournament_id = $1 and ($2::uuid is null or id > $2) order by id limit $3`,
    [tournamentId, after, limit, secrets],
  );
}
