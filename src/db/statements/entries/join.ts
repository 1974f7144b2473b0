/** Adds entries to a tournament that has not ended. Entries that are there, by agent or by a name that looks alike, stay as they are. */
import type { AgentKind } from "../../../core/agents/agent-kinds.ts";
import type { Query } from "../../query.ts";

/** The settings that an entry copies of its agent for good, with the entry's own new id. */
export interface NewEntry {
  readonly id: string;
  readonly agent_id: string;
  readonly agent_name: string;
  /** What the name looks like: no two of a tournament look alike. */
  readonly skeleton: string;
  readonly shape: string;
  readonly strategy: string;
  readonly baseline: boolean;
  readonly limits: Readonly<Record<string, unknown>> | null;
  readonly params: Readonly<Record<string, unknown>>;
  readonly thinking_seconds: number | null;
  readonly kind: AgentKind;
}

/** For statements that take entries as one JSON parameter. A JSON null comes out as SQL's. */
export const NEW_ENTRY_COLUMNS = `id uuid, agent_id uuid, agent_name text, skeleton text, shape text, strategy text, baseline boolean,
  limits jsonb, params jsonb, thinking_seconds float8, kind text`;

/** The first round of whoever joins the tournament `t` now. */
export const FIRST_ROUND = `first as (
  select case when t.status = 'upcoming' then 0
    else agonus_next_round(t.id) end as number
  from t)`;

// The tournament's row is locked against the opening of a round, which counts its participants under the same lock.
const JOIN = `
with t as (
  select id, status, starting_cash from tournaments
  where id = $1 and status in ('upcoming', 'live', 'paused') for no key update),
${FIRST_ROUND},
asked as (select * from jsonb_to_recordset($2::jsonb) as x(${NEW_ENTRY_COLUMNS})),
joined as (
  insert into entries (id, tournament_id, agent_id, agent_name, skeleton, shape, strategy, baseline, limits, params,
    thinking_seconds, kind, first_round, cash)
  select a.id, t.id, a.agent_id, a.agent_name, a.skeleton, a.shape, a.strategy, a.baseline, a.limits, a.params, a.thinking_seconds,
    a.kind, first.number, t.starting_cash
  from asked a join agents g on g.id = a.agent_id and g.archived_at is null cross join t cross join first
  order by a.agent_id
  on conflict do nothing returning agent_id)
select (select status from tournaments where id = $1) as status, exists (select from t) as open,
  coalesce((select jsonb_agg(agent_id) from joined), '[]') as joined`;

type Joined = { status: string | null; open: boolean; joined: string[] };

/** `status` is null for a tournament that isn't there; `open` false means that it takes no more entries. */
export async function insertEntries(query: Query, tournamentId: string, entries: readonly NewEntry[]): Promise<Joined> {
  const [row] = await query<Joined>(JOIN, [tournamentId, JSON.stringify(entries)]);
  return row ?? { status: null, open: false, joined: [] };
}

/** How many entries there are, and would be with these agents. Null for a tournament that isn't there. */
export async function readRoom(query: Query, tournamentId: string, agentIds: readonly string[]) {
  const [row] = await query<{ market: string; interval_seconds: number; entries: number; would_be: number }>(
    `with asked as (select jsonb_array_elements_text($2::jsonb)::uuid as id),
     there as (select agent_id from entries where tournament_id = $1)
     select t.market, t.interval_seconds, (select count(*)::int from there) as entries,
       (select count(*)::int from there) + (select count(*)::int from asked a join agents g on g.id = a.id and g.archived_at is null
         where a.id not in (select agent_id from there)) as would_be
     from tournaments t where t.id = $1`,
    [tournamentId, JSON.stringify(agentIds)],
  );
  return row ?? null;
}

/** Which of the agents have an entry there. */
export async function readEntered(query: Query, tournamentId: string, agentIds: readonly string[]): Promise<string[]> {
  const rows = await query<{ agent_id: string }>(
    `select agent_id from entries
      where tournament_id = $1 and agent_id in (select jsonb_array_elements_text($2::jsonb)::uuid)`,
    [tournamentId, JSON.stringify(agentIds)],
  );
  return rows.map((row) => row.agent_id);
}

export type Rival = { agent_id: string; agent: string; rival: string };

const RIVALS = `
select a.agent_id, a.agent_name as agent, r.agent_name as rival
from jsonb_to_recordset($2::jsonb) as a(agent_id uuid, agent_name text, skeleton text, shape text)
cross join lateral (
  select e.agent_name from entries e where e.tournament_id = $1 and e.agent_name = a.agent_name
  union all select e.agent_name from entries e where e.tournament_id = $1 and e.skeleton = a.skeleton
  union all select e.agent_name from entries e where e.tournament_id = $1 and e.shape = a.shape limit 1) r
order by a.agent_id`;

/** For each agent that did not join: the entry whose name equals its name, or looks like it. */
export async function readRivals(query: Query, tournamentId: string, refused: readonly NewEntry[]): Promise<Rival[]> {
  return query<Rival>(RIVALS, [tournamentId, JSON.stringify(refused)]);
}

const WAIT_FOR_OPENING = `select id from tournaments where id = $1 for no key update`;
const RECOUNT = `
update rounds r set participants = e.count
from (select count(*)::int as count from entries e join rounds o on o.tournament_id = e.tournament_id and o.state = 'open'
  where e.tournament_id = $1 and e.first_round <= o.number
    and (e.last_round is null or e.last_round >= o.number)) e
where r.tournament_id = $1 and r.state = 'open' and r.participants <> e.count`;

/**
 * A statement sees what had committed when it began, not what its lock waited for. So an opening that waited for a
 * join may have counted without it: once it is through, its count is made true. Two statements, for the second one
 * to see what the first one waited for. An entry that was withdrawn while the round was open still counts.
 */
export async function recountParticipants(query: Query, tournamentId: string): Promise<void> {
  await query(WAIT_FOR_OPENING, [tournamentId]);
  await query(RECOUNT, [tournamentId]);
}
