/** An agent's row as the API reads it. */
import type { AgentKind } from "../../../core/agents/agent-kinds.ts";

export type AgentRow = {
  id: string;
  name: string;
  personality: string;
  strategy_type: string;
  strategy: string;
  baseline: boolean;
  kind: AgentKind;
  /** A copy of a house agent for one practice. */
  practice: boolean;
  avatar_url: string | null;
  owner: string | null;
  config: Record<string, unknown>;
  created_at: string;
  updated_at: string;
  archived_at: string | null;
};

export const AGENT_COLUMNS = `id, name, personality, strategy_type, strategy, baseline, kind, practice, avatar_url, owner, config,
  created_at, updated_at, archived_at`;
