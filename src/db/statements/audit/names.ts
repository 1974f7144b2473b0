/** What ids stand for: agents, tournaments, tasks and bulk jobs, in words that an operator knows. */
import type { Query } from "../../query.ts";

export type NamedId = {
  id: string;
  kind: "agent" | "tournament" | "task" | "bulk";
  /** An agent's or a tournament's name, a task's name, a bulk job's action. */
  name: string;
  /** A task's agent. Null for all others. */
  agent: string | null;
  /** How many tasks a bulk job has, and its filter. Null for all others. */
  frozen: number | null;
  filter: Record<string, unknown> | null;
};

// One look at each id: a join would read the tables for ids that are not there.
const NAMES = `
with wanted as (select id from unnest($1::uuid[]) w(id))
select a.id, 'agent' as kind, a.name, null as agent, null::int as frozen, null::jsonb as filter
  from wanted w cross join lateral (select id, name from agents where agents.id = w.id) a
union all select t.id, 'tournament', t.name, null, null, null
  from wanted w cross join lateral (select id, name from tournaments where tournaments.id = w.id) t
union all select t.id, 'task', t.name, e.agent_name, null, null
  from wanted w cross join lateral (select id, name, entry_id from tasks where tasks.id = w.id) t left join entries e on e.id = t.entry_id
union all select b.id, 'bulk', b.action, null, b.frozen, b.filter
  from wanted w cross join lateral (select id, action, frozen, filter from bulk_jobs where bulk_jobs.id = w.id) b`;

export async function namesOf(query: Query, ids: readonly string[]): Promise<NamedId[]> {
  return ids.length === 0 ? [] : query<NamedId>(NAMES, [[...new Set(ids)]]);
}
