/** Stores a new agent, with its webhook and its first key where it has them: all in one statement. */
import type { AgentKind } from "../../../core/agents/agent-kinds.ts";
import type { Query } from "../../query.ts";
import type { NewKey } from "../keys/insert.ts";
import { AGENT_COLUMNS, type AgentRow } from "./columns.ts";

export interface NewAgent {
  readonly id: string;
  readonly name: string;
  readonly personality: string;
  readonly strategy_type: string;
  readonly strategy: string;
  readonly baseline: boolean;
  readonly kind: AgentKind;
  readonly avatar_url: string | null;
  readonly owner: string | null;
  readonly config: Readonly<Record<string, unknown>>;
}

/** The webhook of an agent that we call. */
export interface NewWebhook {
  readonly url: string;
  /** As the vault has sealed it. */
  readonly sealedSecret: string;
}

const INSERT = `
with made as (
  insert into agents (id, name, personality, strategy_type, strategy, baseline, avatar_url, owner, config, kind)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9::jsonb, $10) returning ${AGENT_COLUMNS}),
called as (insert into webhooks (agent_id, url, secret) select id, $11, $12 from made where $11::text is not null),
keyed as (
  insert into keys (id, role, name, prefix, hash, agent_id)
  select $13, 'agent', name, $14, $15, id from made where $13::uuid is not null)
select ${AGENT_COLUMNS} from made`;

export async function insertAgent(
  query: Query,
  agent: NewAgent,
  { webhook, key }: { readonly webhook?: NewWebhook; readonly key?: Pick<NewKey, "id" | "prefix" | "hash"> } = {},
): Promise<AgentRow> {
  const [row] = await query<AgentRow>(INSERT, [
    agent.id,
    agent.name,
    agent.personality,
    agent.strategy_type,
    agent.strategy,
    agent.baseline,
    agent.avatar_url,
    agent.owner,
    JSON.stringify(agent.config),
    agent.kind,
    webhook?.url ?? null,
    webhook?.sealedSecret ?? null,
    key?.id ?? null,
    key?.prefix ?? null,
    key?.hash ?? null,
  ]);
  if (!row) throw new Error("the insert of an agent returned no row");
  return row;
}
