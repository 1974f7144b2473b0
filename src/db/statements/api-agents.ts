/** An agent's row as the API reads it. */
export type AgentRow = {
  id: string;
  name: string;
  personality: string;
  strategy_type: string;
  strategy: string;
  baseline: boolean;
  avatar_url: string | null;
  owner: string | null;
  config: Record<string, unknown>;
  created_at: string;
  updated_at: string;
  archived_at: string | null;
};

export const AGENT_COLUMNS = `id, name, personality, strategy_type, strategy, baseline, avatar_url, owner, config,
  created_at, updated_at, archived_at`;
