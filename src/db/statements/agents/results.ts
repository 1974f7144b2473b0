/** What came of a page of agents: in how many tournaments they played, their best and their last result. */
import type { Query } from "../../query.ts";

export type AgentResults = {
  tournaments: number;
  /** How many of them are live now. */
  live: number;
  /** The best return after a last settled round, of the agent's newest 100 entries. 0.05 is 5 %. */
  best_return: number | null;
  /** The newest entry. `return` and `rank` are those after its last settled round; `rank` is null for baselines. */
  last: {
    tournament_id: string;
    tournament: string;
    status: string;
    return: number | null;
    rank: number | null;
  } | null;
  /** In its newest entry. */
  last_decided_at: string | null;
};

const RESULTS = `
select a.id, (select count(*)::int from entries e join tournaments t on t.id = e.tournament_id
    where e.agent_id = a.id and t.practice_of is null) as tournaments,
  (select count(*)::int from tournaments t join entries e on e.tournament_id = t.id and e.agent_id = a.id
    where t.status = 'live' and e.status = 'active' and t.practice_of is null) as live,
  x.best_return, x.last,
  (select max(decided_at) from decisions where entry_id = x.newest) as last_decided_at
from (select value::uuid as id from jsonb_array_elements_text($1::jsonb)) a
cross join lateral (
  select max(r.return) as best_return, (array_agg(e.id order by e.id desc))[1] as newest,
    (array_agg(jsonb_build_object('tournament_id', t.id, 'tournament', t.name, 'status', t.status, 'return', r.return,
      'rank', p.rank) order by e.id desc))[1] as last
  from (select n.id, n.tournament_id from entries n join tournaments o on o.id = n.tournament_id and o.practice_of is null
    where n.agent_id = a.id order by n.id desc limit 100) e
  join tournaments t on t.id = e.tournament_id
  left join lateral (select equity, rank from equity_points where entry_id = e.id order by round desc limit 1) p on true
  cross join lateral (select (p.equity / t.starting_cash - 1)::float8 as return) r) x`;

export async function readAgentResults(
  query: Query,
  agentIds: readonly string[],
): Promise<ReadonlyMap<string, AgentResults>> {
  const rows = await query<AgentResults & { id: string }>(RESULTS, [JSON.stringify(agentIds)]);
  return new Map(rows.map(({ id, ...results }) => [id, results]));
}
