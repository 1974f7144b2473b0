/** Stores a new agent. */
import type { Query } from "../query.ts";
import { AGENT_COLUMNS, type AgentRow } from "./api-agents.ts";

export interface NewAgent {
  readonly id: string;
  readonly name: string;
  readonly personality: string;
  readonly strategy_type: string;
  readonly strategy: string;
  readonly baseline: boolean;
  readonly avatar_url: string | null;
  readonly owner: string | null;
  readonly config: Readonly<Record<string, unknown>>;
}

export async function insertAgent(query: Query, agent: NewAgent): Promise<AgentRow> {
  const [row] = await query<AgentRow>(
    `insert into agents (id, name, personality, strategy_type, strategy, baseline, avatar_url, owner, config)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9::jsonb) returning ${AGENT_COLUMNS}`,
    [
      agent.id,
      agent.name,
      agent.personality,
      agent.strategy_type,
      agent.strategy,
      agent.baseline,
      agent.avatar_url,
      agent.owner,
      JSON.stringify(agent.config),
    ],
  );
  if (!row) throw new Error("the insert of an agent returned no row");
  return row;
}
