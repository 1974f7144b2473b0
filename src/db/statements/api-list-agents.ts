/** Agents that are not archived, newest first; `q` is looked for in names, whatever its case. */
import type { Query } from "../query.ts";
import { AGENT_COLUMNS, type AgentRow } from "./api-agents.ts";

export interface AgentFilter {
  readonly q: string | null;
  readonly strategyType: string | null;
  /** Only ids below this one. */
  readonly before: string | null;
  readonly limit: number;
}

export async function listAgents(query: Query, filter: AgentFilter): Promise<AgentRow[]> {
  return query<AgentRow>(
    `select ${AGENT_COLUMNS} from agents
      where archived_at is null
        and ($1::text is null or position(lower($1) in lower(name)) > 0)
        and ($2::text is null or strategy_type = $2)
        and ($3::uuid is null or id < $3)
      order by id desc limit $4`,
    [filter.q, filter.strategyType, filter.before, filter.limit],
  );
}
