/**
 * Takes an agent out of a tournament. Before the start its entry goes with all that hangs on it. Later the entry is
 * withdrawn: it keeps what it has, and is asked no more.
 */
import type { Query } from "../../query.ts";
import { HELD_TASK_COLUMNS, heldTask } from "../rounds/held-task.ts";

// The tournament's row is locked as by a join, a start and the opening of a round: whichever comes second sees what the first
// has done. A tournament that waits for its start has no decisions, trades or points.
const LEAVE = `
with t as materialized (
  select id, status from tournaments where id = $1 for no key update),
e as (
  select e.id from entries e join t on t.id = e.tournament_id and t.status = 'upcoming' where e.agent_id = $2),
m as (delete from memories where entry_id in (select id from e)),
s as (delete from standings where entry_id in (select id from e)),
g as (delete from entries where id in (select id from e) returning id),
w as (
  update entries e set status = 'withdrawn', last_round = agonus_last_round(t.id)
  from t where e.tournament_id = t.id and t.status in ('live', 'paused') and e.agent_id = $2 and e.status = 'active'
  returning e.id)
select (select status from t) as status, (select status from entries where tournament_id = $1 and agent_id = $2) as entry_status,
  exists (select from g) as gone, exists (select from w) as withdrawn`;

export interface Leaving {
  /** Null: there is no such tournament. */
  readonly status: string | null;
  /** The status of the agent's entry when the statement began. Null: it had none. */
  readonly entry_status: "active" | "withdrawn" | null;
  /** The entry was deleted. */
  readonly gone: boolean;
  readonly withdrawn: boolean;
}

export async function leaveTournament(query: Query, tournamentId: string, agentId: string): Promise<Leaving> {
  const [row] = await query<Leaving & Record<string, unknown>>(LEAVE, [tournamentId, agentId]);
  return row ?? { status: null, entry_status: null, gone: false, withdrawn: false };
}

const WITHDRAWN = {
  code: "entry.withdrawn",
  message: "The entry was withdrawn and trades no more.",
  why: "its entry was withdrawn",
};

// Once the entry is withdrawn no decision of it is stored any more. So what it still owes in the open round ends here: without
// this a replay would wait for it. The entry stays among the round's participants, and its round is missed.
const END_OWED = `
with r as materialized (
  select r.id, r.tournament_id, t.market = 'replay' as replay from rounds r join tournaments t on t.id = r.tournament_id
  where r.tournament_id = $1 and r.state = 'open'),
owed as materialized (
  select e.id, e.agent_id, true as halted, agonus_decision_key(r.id, e.id) as key
  from r join entries e on e.tournament_id = r.tournament_id and e.agent_id = $2 and e.status = 'withdrawn'
    and exists (select from rounds o where o.id = r.id and e.first_round <= o.number and e.last_round >= o.number)
  where not exists (select from decisions d where d.round_id = r.id and d.entry_id = e.id)),
keyed as (
  insert into task_keys (key, task_id)
  select o.key, agonus_uuid_of(n.now, o.key) from owed o cross join (select agonus_now() as now offset 0) n
  on conflict do nothing returning key, task_id),
made as (
  insert into tasks (${HELD_TASK_COLUMNS})
  select ${heldTask({ by: "$3", replay: "r.replay" }, WITHDRAWN)}
  from keyed k join owed o on o.key = k.key cross join r)
update tasks x set state = 'FAILURE', finished_at = agonus_now(), signature = '${WITHDRAWN.code}',
  error = jsonb_build_object('class', 'Outcome', 'code', '${WITHDRAWN.code}', 'message', '${WITHDRAWN.message}'),
  history = agonus_history(x.history, 'FAILURE', x.attempt, '${WITHDRAWN.why}', $3)
from owed o join task_keys k on k.key = o.key
where x.id = k.task_id and x.state in ('PENDING', 'RETRY')`;

/** Ends what a withdrawn entry still owes to the open round. A repeat does no harm. `by`: who, for the tasks' history. */
export async function endOwedByWithdrawn(
  query: Query,
  tournamentId: string,
  agentId: string,
  by: string,
): Promise<void> {
  await query(END_OWED, [tournamentId, agentId, by]);
}
