/** Makes the decision tasks that a round's agents other than house agents lack, all in one statement. */
import { limits } from "../../../core/limits.ts";
import { decisionRetry, maxAttempts } from "../../../core/tasks/retry.ts";
import type { Query } from "../../query.ts";
import { HELD_TASK_COLUMNS, heldTask } from "./held-task.ts";

// Only entries without a task get one, so a repeat after a lost reply makes what is missing and nothing twice. A paused
// queue gets none: after its end the round sends again what it is owed. A task of a replay is never lost: its FAILURE
// would close the round.
//
// The tasks of models are due one after another ($7 is the most time for all of them), in an order that the round and the
// entries give. What is not due yet is sent when it is: begun.ts.
//
// A task that is made late mends a lost enqueue: a recovery, under the same rule as in sent.ts. While a sending is under
// way, sent_count takes the new tasks in, because decisionsToSend compares it with a number that includes them.
const MODEL_MS = 1000 / limits.modelsASecond;
/** Tasks that are due in the same slot are sent together. */
const SLOT_MS = 100;
const MAKE = `
with r as (
  select r.id, r.tournament_id, r.number, r.due_at, r.opened_at, t.market, greatest(t.started_at, t.resumed_at) as armed_at
  from rounds r join tournaments t on t.id = r.tournament_id
  where r.id = $1 and r.state = 'open'),
owed as materialized (
  select e.id, e.agent_id, e.joined_at, agonus_decision_key(r.id, e.id) as key, e.halted_at is not null as halted,
    e.kind = 'outside' or e.halted_at is not null as held, e.kind = 'llm' as is_model
  from r join entries e on e.tournament_id = r.tournament_id and (e.thinking_seconds is not null or e.kind <> 'house')
    and e.status = 'active'
    and (e.kind = 'outside' or e.halted_at is not null
      or not exists (select from queue_controls c where c.queue = 'agents' and c.paused_at is not null))
    and e.first_round <= r.number and (e.last_round is null or e.last_round >= r.number)
  where not exists (select from decisions d where d.round_id = r.id and d.entry_id = e.id)
    and not exists (select from task_keys k where k.key = agonus_decision_key(r.id, e.id))
  order by e.id limit $2),
begins as materialized (
  select o.id, greatest(n.now, r.opened_at + make_interval(secs => floor(least(${MODEL_MS}, $7::float8 / greatest(1, o.models)) * o.nth / ${SLOT_MS}) * ${SLOT_MS} / 1000.0)) as due_at, n.now
  from (select id, is_model, count(*) filter (where is_model) over () as models,
    case when is_model then row_number() over (partition by is_model order by md5(key)) - 1 else 0 end as nth
    from owed where not held) o cross join r cross join (select agonus_now() as now offset 0) n),
keyed as (
  insert into task_keys (key, task_id)
  select o.key, agonus_uuid_of(n.now, o.key) from owed o cross join (select agonus_now() as now offset 0) n order by o.key
  on conflict do nothing returning key, task_id),
sent as (
  insert into tasks (id, name, queue, state, args, max_attempts, tournament_id, entry_id, key, due_at, sent_at, sends,
    correlation_id, never_lost, history)
  select k.task_id, 'run_agent_decision', 'agents', 'PENDING',
    jsonb_build_object('tournament_id', r.tournament_id, 'agent_id', o.agent_id, 'recover_from_crash', true),
    ${maxAttempts(decisionRetry)}, r.tournament_id, o.id, k.key, b.due_at, case when b.due_at = b.now then b.now end,
    case when b.due_at = b.now then 1 else 0 end, $5, r.market = 'replay',
    agonus_history('[]', 'PENDING', 0, 'enqueued', $6)
  from keyed k join owed o on o.key = k.key and not o.held join begins b on b.id = o.id cross join r order by k.task_id
  returning id, entry_id, sent_at),
held as (
  insert into tasks (${HELD_TASK_COLUMNS})
  select ${heldTask({ by: "$6", replay: "r.market = 'replay'" })}
  from keyed k join owed o on o.key = k.key and o.held cross join r order by k.task_id
  returning id, entry_id),
made as (select id, entry_id from sent union all select * from held),
counted as (
  update rounds t set sent_count = t.sent_count + (select count(*) from made) from r
  where t.id = r.id and t.sent_to is not null and exists (select from made)),
recovered as (
  insert into recoveries (id, key, tournament_id, entry_id, cause, round_id, detected_at, task_id)
  select agonus_uuid_of(agonus_now(), x.key), x.key, r.tournament_id, o.id, 'resent', r.id, agonus_now(), m.id
  from r cross join sent m join owed o on o.id = m.entry_id
  cross join lateral (select 'resent:' || r.id || ':' || o.id as key) x
  where $3 and r.market <> 'replay' and ($4::int > 0 or greatest(r.armed_at, o.joined_at) < r.due_at)
  on conflict do nothing)
select (select count(*) from made)::int as made, (select coalesce(jsonb_agg(id order by id), '[]') from sent where sent_at is not null) as sent`;

export interface OutsideTasks {
  readonly roundId: string;
  readonly most: number;
  /** In a live tournament: the tasks should have been made when the round opened. */
  readonly isRecovery: boolean;
  /** How often the round had sent before. */
  readonly sends: number;
  /** The most milliseconds over which its models begin. */
  readonly modelSpanMs: number;
  readonly correlationId: string | null;
  readonly by: string;
}

/** How many tasks it made, at most `most`, and those of them that are due, which the caller sends. */
export async function insertOutsideTasks(
  query: Query,
  asked: OutsideTasks,
): Promise<{ readonly made: number; readonly sent: readonly string[] }> {
  const { roundId, most, isRecovery, sends, modelSpanMs, correlationId, by } = asked;
  const [row] = await query<{ made: number; sent: string[] }>(MAKE, [
    roundId,
    most,
    isRecovery,
    sends,
    correlationId,
    by,
    modelSpanMs,
  ]);
  return row ?? { made: 0, sent: [] };
}
