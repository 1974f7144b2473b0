/** An agent's entries with their tournaments, the live ones first, then the newest. */
import type { Query } from "../../query.ts";

export type AgentEntry = {
  entry_id: string;
  agent_id: string;
  agent: string;
  entry_status: string;
  tournament_id: string;
  tournament: string;
  tournament_status: "upcoming" | "live" | "paused" | "completed" | "cancelled";
  /** A round of the tournament is open: its decisions are secret. */
  round_open: boolean;
};

/** `tournamentId` null: of all tournaments but practices, at most 100. */
export async function readEntriesOfAgent(
  query: Query,
  agentId: string,
  tournamentId: string | null,
): Promise<AgentEntry[]> {
  return query<AgentEntry>(
    `select e.id as entry_id, e.agent_id, e.agent_name as agent, e.status as entry_status, t.id as tournament_id,
        t.name as tournament, t.status as tournament_status,
        exists (select from rounds r where r.tournament_id = t.id and r.state = 'open') as round_open
       from entries e join tournaments t on t.id = e.tournament_id
      where e.agent_id = $1 and (e.tournament_id = $2 or ($2::uuid is null and t.practice_of is null))
      order by t.status = 'live' and e.status = 'active' desc, e.id desc limit 100`,
    [agentId, tournamentId],
  );
}
