/** An agent's entries but those of practices, with what came of them, the live ones first, then the newest; at most 100. */
import type { Query } from "../../query.ts";
import type { AgentEntry } from "./of-agent.ts";

export type AgentResult = Omit<AgentEntry, "round_open"> & {
  /** After the entry's last settled round; null before the first one. 0.05 is 5 %. */
  return: number | null;
  /** Likewise; null for baselines. */
  rank: number | null;
  /** Since when it is asked no more; null while it is asked. */
  halted_at: string | null;
  joined_at: string;
  ended_at: string | null;
};

export async function readResultsOfAgent(query: Query, agentId: string): Promise<AgentResult[]> {
  return query<AgentResult>(
    `select e.id as entry_id, e.agent_id, e.agent_name as agent, e.status as entry_status, t.id as tournament_id,
        t.name as tournament, t.status as tournament_status, (p.equity / t.starting_cash - 1)::float8 as return, p.rank,
        e.halted_at, e.joined_at, t.ended_at
       from entries e join tournaments t on t.id = e.tournament_id
       left join lateral (select equity, rank from equity_points where entry_id = e.id order by round desc limit 1) p on true
      where e.agent_id = $1 and t.practice_of is null
      order by t.status = 'live' and e.status = 'active' desc, e.id desc limit 100`,
    [agentId],
  );
}
