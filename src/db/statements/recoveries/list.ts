/** GET /recoveries: recoveries of agents, newest first. Each one's fate is read from decisions, rounds and tasks. */
import { limits } from "../../../core/limits.ts";
import type { RecoveryCause, RecoveryFate } from "../../../core/tasks/recovery.ts";
import type { Query } from "../../query.ts";

export interface RecoveryFilter {
  readonly tournamentId: string | null;
  readonly agentId: string | null;
  readonly cause: RecoveryCause | null;
  /** Recoveries that were detected at this time or later. */
  readonly since: string | null;
}

export type RecoveryRow = {
  id: string;
  tournament_id: string;
  tournament: string;
  entry_id: string;
  agent_id: string;
  agent: string;
  cause: RecoveryCause;
  /** The round whose decision was owed. Null when no decision was owed. */
  round: number | null;
  interrupted_at: string | null;
  detected_at: string;
  restored_at: string | null;
  resumed_at: string | null;
  /** From the detection to the end of the recovery. Null when the agent is not back. */
  seconds: number | null;
  from_version: number | null;
  to_version: number | null;
  fate: RecoveryFate;
  /** A pause of its queue held it up: an operator's doing, which is no fault of the platform and none of the agent. */
  queue_paused: boolean;
  /** Why the decision was missed. Null when no decision was missed. */
  missed: string | null;
  /** When the agent was back, or the chance had passed. Null while the recovery is under way, or when unknown. */
  ended_at: string | null;
  /** 1 when the platform lost the decision. A decision that the agent missed by itself is not counted. */
  decisions_lost: number;
  duplicates_prevented: number;
  task_id: string | null;
  correlation_id: string | null;
};

/** When the recovery `v` was through. */
export const DONE_AT = `(case when v.round_id is null then v.restored_at else v.resumed_at end)`;

/** When the recovery `v` was over: it was through, or its round or its task had ended. Null while it is under way. */
const ENDED_AT = `coalesce(${DONE_AT}, r.closed_at, k.finished_at)`;

/** Until when a pause can have held it up. A skipped round has no close, and a task that was cleaned up has no end. */
const SEEN_UNTIL = `coalesce(${ENDED_AT}, case when v.round_id is null and k.id is null then v.detected_at end, least(r.deadline_at, agonus_now()))`;

// A recovery waits for the queue that carries it: `agents` where it owes a decision, `recovery` where the agent's state is read
// again, else the queue of its task. Pauses of one queue never overlap, so the last one that began before the end reaches
// furthest. The platform has the time of the objective after a pause: what takes longer is its own.
const HELD = `exists (select from unnest(array[case when v.round_id is not null then 'agents' end,
    case when v.cause in ('operator', 'stale', 'alarm') then 'recovery' else k.queue end]) q(queue)
  cross join lateral (select coalesce(p.resumed_at, 'infinity') as resumed_at from queue_pauses p
    where p.queue = q.queue and p.paused_at <= ${SEEN_UNTIL} order by p.paused_at desc limit 1) p
  where p.resumed_at >= greatest(coalesce(v.interrupted_at, least(r.opened_at, v.detected_at)),
    ${SEEN_UNTIL} - interval '${limits.recoveryObjectiveSeconds} seconds'))`;

/**
 * Joins recoveries `v` with the entry `e`, the round `r`, the missed decision `m`, the decision's task `d`, the recovery's own
 * task `k`, and whether a pause of its queue held it up: `held.by_pause`.
 */
export const RECOVERIES = `recoveries v
join entries e on e.id = v.entry_id
left join rounds r on r.id = v.round_id
left join lateral (select x.entry_id, x.reason from missed_decisions x
  where v.resumed_at is null and x.round_id = v.round_id and x.entry_id = v.entry_id limit 1) m on true
left join task_keys dk on dk.key = agonus_decision_key(v.round_id, v.entry_id)
left join tasks d on d.id = dk.task_id
left join tasks k on v.round_id is null and k.id = v.task_id
cross join lateral (select ${HELD} as by_pause) held`;

/** The decision was missed because an operator paused the queue or cancelled the task. An agent that failed is the reason itself. */
export const BY_OPERATOR = `(m.reason in ('task.cancelled', 'queue.paused') or held.by_pause and m.reason not like 'agent.%')`;

/** The decision was missed because of the agent (too slow, failed) or an operator, not because of the platform. */
const OWN = `(${BY_OPERATOR} or held.by_pause or m.reason in ('agent.timeout', 'agent.failed', 'agent.unknown_strategy')
  or exists (select from jsonb_array_elements(d.error->'attempts') a where a->>'code' in ('agent.timeout', 'agent.failed', 'agent.unknown_strategy'))
  or e.thinking_seconds >= (select least(150, t.interval_seconds / 2.0) from tournaments t where t.id = v.tournament_id))`;

/**
 * What came of the recovery. No row stays under way for ever. A recovery that owed a decision ends with its round.
 * Every other recovery ends with its task, or when its task no longer exists.
 */
export const FATE = `(case when ${DONE_AT} is not null then 'back'
  when e.status <> 'active' or r.state = 'skipped' or (m.entry_id is null and r.state in ('closed', 'quoted', 'settled')) then 'let_go'
  when m.entry_id is not null then case when ${OWN} then 'own' else 'lost' end
  when v.round_id is null and k.state = 'FAILURE' then 'lost'
  when v.round_id is null and v.task_id is not null and (k.id is null or k.finished_at is not null) then 'let_go'
  else 'under_way' end)`;

/**
 * Whether `v` is a recovery. A decision that came by its first message was only late. So was one that was stored while the round
 * was about to send again: its row came after the decision.
 */
export const REAL = `(not v.late and (v.cause <> 'resent' or v.task_id is not null or v.resumed_at is not null
  or not exists (select from decisions dd where dd.round_id = v.round_id and dd.entry_id = v.entry_id)))`;

/** Parameters $1 to $3 are the tournament, the agent and the cause. Null means any. */
export const FILTER = `${REAL} and ($1::uuid is null or v.tournament_id = $1) and ($2::uuid is null or e.agent_id = $2)
  and ($3::text is null or v.cause = $3)`;

const LIST = `
select v.id, v.tournament_id, (select name from tournaments tn where tn.id = v.tournament_id) as tournament, v.entry_id, e.agent_id, e.agent_name as agent, v.cause, r.number as round, v.interrupted_at,
  v.detected_at, v.restored_at, v.resumed_at,
  round(extract(epoch from ${DONE_AT} - v.detected_at), 3)::float8 as seconds,
  v.from_version, v.to_version, ${FATE} as fate, held.by_pause as queue_paused, m.reason as missed, ${ENDED_AT} as ended_at,
  case when m.entry_id is not null and ${FATE} = 'lost' then 1 else 0 end as decisions_lost, v.duplicates_prevented, v.task_id,
  v.correlation_id
from ${RECOVERIES}
where ${FILTER} and ($4::timestamptz is null or (v.detected_at >= $4 and v.id >= agonus_uuid_at($4)))
  and ($5::uuid is null or v.id < $5)
order by v.id desc limit $6`;

export async function listRecoveries(
  query: Query,
  { tournamentId, agentId, cause, since }: RecoveryFilter,
  before: string | null,
  limit: number,
): Promise<RecoveryRow[]> {
  return query<RecoveryRow>(LIST, [tournamentId, agentId, cause, since, before, limit]);
}
