/** What a code stands for: its invite, and who of an agent's came by it. */
import type { Query } from "../../query.ts";
import { INVITE_WORKS } from "./columns.ts";

export type FoundInvite = {
  id: string;
  tournament_id: string;
  /** Somebody may join by it now. */
  works: boolean;
  /** The agent has joined by it before. False without an agent. */
  came: boolean;
  /** The agent has an entry in the tournament: its state. Null without one. */
  entry_status: "active" | "withdrawn" | null;
};

const FIND = `
select i.id, i.tournament_id, (${INVITE_WORKS}) as works,
  exists (select from invite_joins j where j.invite_id = i.id and j.agent_id = $2::uuid) as came,
  (select e.status from entries e where e.tournament_id = i.tournament_id and e.agent_id = $2::uuid) as entry_status
from invites i where i.code_hash = $1`;

/** `agentId`: who asks; null for somebody who is no agent yet. Null for the hash of no code. */
export async function findInvite(query: Query, codeHash: string, agentId: string | null): Promise<FoundInvite | null> {
  const [row] = await query<FoundInvite>(FIND, [codeHash, agentId]);
  return row ?? null;
}
