/** One agent, archived or not. */
import type { Query } from "../../query.ts";
import { AGENT_COLUMNS, type AgentRow } from "./columns.ts";

export async function readAgent(query: Query, id: string): Promise<AgentRow | null> {
  const [row] = await query<AgentRow>(`select ${AGENT_COLUMNS} from agents where id = $1`, [id]);
  return row ?? null;
}
