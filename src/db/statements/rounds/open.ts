/** Opens a round and freezes its snapshot and participants, in one statement: both are there or neither. */
import type { Query } from "../../query.ts";
import { HELD_TASK_COLUMNS, heldTask } from "./held-task.ts";

export interface Opening {
  readonly roundId: string;
  readonly tournamentId: string;
  readonly number: number;
  /** Epoch milliseconds. */
  readonly dueMs: number;
  /** Null: never, a replay. */
  readonly deadlineMs: number | null;
  readonly snapshotHash: string;
  /** Null: the candles are the tournament's own. */
  readonly snapshotSourceId?: string | null;
  readonly snapshotCandles: Readonly<Record<string, unknown>>;
  /** Replay: how long the round waits for agents from outside. */
  readonly answerSeconds: number;
  /** Who opens it, for the history of the tasks. */
  readonly by: string;
}

// The tournament's row is locked against joining entries, so that the count of participants stays true. Every unique
// index (number, one active round) makes the loser of a race a no-op.
//
// An agent from outside gets its task here. The task is never due, so no queue ever gets it: the agent's answer or the close
// of the round ends it. The task of a halted entry ends at once.
const OPEN = `
with t as (
  select id from tournaments where id = $2 /* guard open-live */ and status = 'live' /* end */ for no key update),
fits as (
  select t.id from t
  where /* guard open-number */ coalesce((select max(number) from rounds where tournament_id = t.id), -1) = $3::int - 1 /* end */
    /* guard open-alone */ and not exists (select from rounds where tournament_id = t.id and state in ('open', 'closed', 'quoted')) /* end */
    and ($5::float8 is null or /* guard open-deadline */ agonus_now() < to_timestamp($5::float8 / 1000) /* end */)),
opened as (
  insert into rounds (id, tournament_id, number, state, due_at, deadline_at, participants, opened_at, answers_until, watched_at)
  select $1, fits.id, $3, 'open', to_timestamp($4::float8 / 1000),
    coalesce(to_timestamp($5::float8 / 1000), 'infinity'),
    agonus_participants(fits.id, $3),
    agonus_now(), case when $5::float8 is null then agonus_now() + make_interval(secs => $9::int) end, agonus_now()
  from fits on conflict do nothing returning id, tournament_id, participants),
frozen as (
  insert into snapshots (round_id, hash, candles, source_id) select id, $6, $7::jsonb, $8 from opened),
owed as materialized (
  select e.id, e.agent_id, e.halted_at is not null as halted, agonus_decision_key(o.id, e.id) as key
  from opened o join entries e on e.tournament_id = o.tournament_id and e.status = 'active'
    and (e.kind = 'outside' or e.halted_at is not null)
    and e.first_round <= $3::int and (e.last_round is null or e.last_round >= $3::int)),
keyed as (
  insert into task_keys (key, task_id)
  select o.key, agonus_uuid_of(n.now, o.key) from owed o cross join (select agonus_now() as now offset 0) n order by o.key
  on conflict do nothing returning key, task_id),
made as (
  insert into tasks (${HELD_TASK_COLUMNS})
  select ${heldTask({ by: "$10", replay: "$5::float8 is null" })}
  from keyed k join owed o on o.key = k.key cross join opened r order by k.task_id
  returning state)
select id as round_id, participants, (select count(*) from made where state = 'PENDING')::int as held, exists (
  select from entries e where e.tournament_id = $2 and e.status = 'active' and e.halted_at is null
    and (e.thinking_seconds is not null or e.kind in ('webhook', 'llm'))
    and e.first_round <= $3::int and (e.last_round is null or e.last_round >= $3::int)) as has_outside
from opened`;

/** What was opened; null when another was first or the state no longer allows it. */
export interface Opened {
  readonly round_id: string;
  readonly participants: number;
  /** Agents that answer later take part: their tasks are to be made and sent. */
  readonly has_outside: boolean;
  /** Tasks that wait for an agent from outside. */
  readonly held: number;
}

export async function openRound(query: Query, o: Opening): Promise<Opened | null> {
  const [row] = await query<Opened & Record<string, unknown>>(OPEN, [
    o.roundId,
    o.tournamentId,
    o.number,
    o.dueMs,
    o.deadlineMs,
    o.snapshotHash,
    JSON.stringify(o.snapshotCandles),
    o.snapshotSourceId ?? null,
    o.answerSeconds,
    o.by,
  ]);
  return row ?? null;
}
