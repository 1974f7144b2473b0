/** An agent's entry in a tournament, with what tasks need to know of both. */
import type { AgentKind } from "../../../core/agents/agent-kinds.ts";
import type { Query } from "../../query.ts";

export interface FoundEntry {
  readonly id: string;
  readonly tournament_status: string;
  readonly status: string;
  readonly market: string;
  readonly thinking_seconds: number | null;
  readonly kind: AgentKind;
  /** The tournament's open round. */
  readonly open_round_id: string | null;
  readonly open_round: number | null;
  /** In the open round. */
  readonly has_decided: boolean;
  readonly version: number;
  readonly recoveries: number;
  readonly interval_seconds: number;
}

const FIND = `
select e.id, t.status as tournament_status, e.status, t.market, e.thinking_seconds, e.kind, r.id as open_round_id, r.number as open_round,
  exists (select from decisions d where d.round_id = r.id and d.entry_id = e.id) as has_decided, e.version, e.recoveries, t.interval_seconds
from entries e join tournaments t on t.id = e.tournament_id
left join rounds r on r.tournament_id = t.id and r.state = 'open'
where e.tournament_id = $1 and e.agent_id = $2`;

export async function findEntry(query: Query, tournamentId: string, agentId: string): Promise<FoundEntry | null> {
  const [row] = await query<FoundEntry & Record<string, unknown>>(FIND, [tournamentId, agentId]);
  return row ?? null;
}
