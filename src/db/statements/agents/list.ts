/** Agents that are not archived, without those of practices, newest first; `q` is a part of a name, whatever its case, or of an id. */
import type { Query } from "../../query.ts";
import { isPartOfId, partOf } from "../../text-search.ts";
import { AGENT_COLUMNS, type AgentRow } from "./columns.ts";

export interface AgentFilter {
  readonly q: string | null;
  readonly strategyType: string | null;
  /** Only baselines, or only the others. */
  readonly baseline: boolean | null;
  /** Only ids below this one. */
  readonly before: string | null;
  readonly limit: number;
}

/** As the index agents_by_text has it. */
const TEXT = `(name || ' ' || id::text)`;

export function agentsStatement(filter: AgentFilter): { text: string; params: unknown[] } {
  const params: unknown[] = [filter.limit];
  const bind = (value: unknown) => `$${params.push(value)}`;
  const all = ["archived_at is null", "not practice"];
  if (filter.strategyType !== null) all.push(`strategy_type = ${bind(filter.strategyType)}`);
  if (filter.baseline !== null) all.push(`baseline = ${bind(filter.baseline)}`);
  if (filter.before !== null) all.push(`id < ${bind(filter.before)}::uuid`);
  if (filter.q !== null) {
    const pattern = bind(partOf(filter.q));
    all.push(`${TEXT} ilike ${pattern}`);
    if (!isPartOfId(filter.q)) all.push(`name ilike ${pattern}`);
  }
  return { text: `select ${AGENT_COLUMNS} from agents where ${all.join(" and ")} order by id desc limit $1`, params };
}

export async function listAgents(query: Query, filter: AgentFilter): Promise<AgentRow[]> {
  const { text, params } = agentsStatement(filter);
  return query<AgentRow>(text, params);
}
