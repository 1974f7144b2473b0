/** Changes the fields of an agent that `patch` has, and no others. Null when it isn't there or is archived. */
import type { Query } from "../../query.ts";
import { AGENT_COLUMNS, type AgentRow } from "./columns.ts";

export interface AgentPatch {
  readonly name?: string;
  readonly personality?: string;
  readonly strategy_type?: string;
  readonly strategy?: string;
  readonly baseline?: boolean;
  readonly avatar_url?: string | null;
  readonly owner?: string | null;
  /** Replaces the whole configuration. */
  readonly config?: Readonly<Record<string, unknown>>;
  /** Goes into config.limits, after `config`. */
  readonly risk_score?: string;
}

// A field of null is there: `?` asks for the key, so that null can clear a value.
const UPDATE = `
update agents a set
  name = coalesce(p.patch->>'name', a.name),
  personality = coalesce(p.patch->>'personality', a.personality),
  strategy_type = coalesce(p.patch->>'strategy_type', a.strategy_type),
  strategy = coalesce(p.patch->>'strategy', a.strategy),
  baseline = coalesce((p.patch->>'baseline')::boolean, a.baseline),
  avatar_url = case when p.patch ? 'avatar_url' then p.patch->>'avatar_url' else a.avatar_url end,
  owner = case when p.patch ? 'owner' then p.patch->>'owner' else a.owner end,
  config = coalesce(p.patch->'config', a.config) || case when p.patch ? 'risk_score' then
      jsonb_build_object('limits', coalesce(coalesce(p.patch->'config', a.config)->'limits', '{}')
        || jsonb_build_object('risk_score', p.patch->'risk_score'))
    else '{}' end,
  updated_at = agonus_now()
from (select $2::jsonb as patch) p
where a.id = $1 and a.archived_at is null
returning ${AGENT_COLUMNS}`;

export async function updateAgent(query: Query, id: string, patch: AgentPatch): Promise<AgentRow | null> {
  const [row] = await query<AgentRow>(UPDATE, [id, JSON.stringify(patch)]);
  return row ?? null;
}
