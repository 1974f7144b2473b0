/**
 * Stores a batch of decisions. The one statement that may: it locks the round for share while it is open and before
 * its deadline, and the entries in order of id where their version is still the one decided upon. Orders, memory and
 * task rows come only from decisions that this statement inserted, so an answer that comes twice changes nothing.
 */
import type { Mind } from "../../../core/agents/mind.ts";
import type { ErrorCode } from "../../../core/error-codes.ts";
import { limits } from "../../../core/limits.ts";
import type { Figures } from "../../../core/tasks/decided.ts";
import { decisionRetry, maxAttempts } from "../../../core/tasks/retry.ts";
import type { Query } from "../../query.ts";
import { taskOf } from "../tasks/of-key.ts";

export interface AnswerRow {
  readonly entry_id: string;
  readonly version: number;
  readonly outcome: "made" | "held";
  readonly details_hash: string;
  readonly reasoning: string;
  readonly confidence: number;
  readonly orders: readonly {
    readonly seq: number;
    readonly side: string;
    readonly symbol: string;
    readonly amount: string;
    readonly confidence: number | null;
    readonly state: "open" | "refused";
    readonly code: string | null;
  }[];
  /** Null: as it was. */
  readonly memory: Record<string, unknown> | null;
  /** What a model keeps beside its notes. It is stored with them. */
  readonly mind?: Mind;
  /** For the finished task row; a task that already waits for this decision is finished instead. */
  readonly task_id: string;
  readonly figures: Figures;
  /** Builds the result of its task, for a caller that shows it at once. The database does not get it (src/core/tasks/decided.ts). */
  readonly result: () => Record<string, unknown>;
  readonly run_ms: number;
  /** True when only a message that was sent again asked for it. */
  readonly sent_again?: boolean | null;
  /** Where the answer came by a door: the hash of its parsed body, the body, and the door. */
  readonly body_hash?: string;
  readonly body?: Readonly<Record<string, unknown>>;
  readonly door?: string;
  /** Why an agent holds without having decided. */
  readonly fault?: string | null;
}

export interface Written {
  /** False: the round is closed, or its deadline has passed. */
  readonly open: boolean;
  /** Entries whose version still held. */
  readonly fresh: readonly string[];
  /** Entries whose decision this statement stored. */
  readonly decided: readonly string[];
  /** When it stored them. */
  readonly decided_at: string | null;
  /** Tasks that waited for one of these decisions, which this statement finished. */
  readonly finished: readonly FinishedTask[];
}

export type FinishedTask = {
  readonly entry_id: string;
  readonly task_id: string;
  readonly attempt: number;
  /** The id of the request that made it, if there was one. */
  readonly correlation_id: string | null;
};

const WRITE = `
with open_round as (
  select id, tournament_id, number from rounds
  where id = $1 /* guard decision-state */ and state = 'open' /* end */
    /* guard decision-deadline */ and agonus_now() < deadline_at /* end */ /* guard decision-lock */ for share /* end */),
answers as (
  select * from jsonb_to_recordset($2::jsonb) as a(entry_id uuid, version int, outcome text, details_hash text,
    reasoning text, confidence float8, orders jsonb, memory jsonb, task_id uuid, figures jsonb, run_ms float8,
    sent_again boolean, body_hash text, body jsonb, door text, fault text, mind jsonb)),
fresh as (
  select e.id, a.* from entries e join answers a on a.entry_id = e.id /* guard decision-version */ and a.version = e.version /* end */
  where exists (select from open_round) and e.id = any(array(select entry_id from answers)) /* guard decision-active */ and e.status = 'active' /* end */
  order by e.id for no key update of e),
decided as (
  insert into decisions (round_id, entry_id, outcome, order_count, version, details_hash, sent_again, body_hash)
  select $1, id, outcome, jsonb_array_length(orders), version, details_hash, sent_again, body_hash from fresh
  /* guard decision-once */ on conflict do nothing /* end */ returning entry_id, decided_at),
kept as (select f.* from fresh f /* guard decision-orders */ where (f.id in (select entry_id from decided)) is true /* end */),
detailed as (
  insert into decision_details (round_id, entry_id, reasoning, confidence, body, door, fault)
  select $1, id, reasoning, confidence, body, door, fault from kept),
ordered as (
  insert into orders (round_id, entry_id, seq, side, symbol, amount, confidence, state, code, refused_at)
  select $1, k.id, o.seq, o.side, o.symbol, o.amount, o.confidence, o.state, o.code,
    case when o.state = 'refused' then 'decision' end
  from kept k, jsonb_to_recordset(k.orders) as o(seq int, side text, symbol text, amount numeric, confidence float8, state text, code text)),
raised as (
  update entries e set misses = case when k.fault = any($5::text[]) then e.misses + 1 else 0 end,
    halted_at = case when k.fault = any($5::text[]) and e.misses + 1 >= ${limits.missesMax} then coalesce(e.halted_at, agonus_now()) else e.halted_at end,
    version = e.version /* guard order-raises */ + case when k.orders @> '[{"state": "open"}]' then 1 else 0 end /* end */ from kept k
  where e.id = k.id and (k.orders @> '[{"state": "open"}]' or e.misses > 0 or k.fault = any($5::text[]))),
remembered as (
  insert into memories (entry_id, notes, round, mind)
  select k.id, k.memory, r.number, k.mind from kept k, open_round r where k.memory is not null and k.memory <> 'null'
  on conflict (entry_id) do update set notes = excluded.notes, round = excluded.round, mind = excluded.mind),
keyed as (select exists (select from task_keys where agonus_is_decision_of(key, $1)) as yes),
waiting as (
  select k.id as entry_id, t.id as task_id from kept k cross join lateral ${taskOf("agonus_decision_key($1, k.id)")} t
  where t.state in ('PENDING', 'STARTED', 'RETRY') and (select yes from keyed)),
finished as (
  update tasks t set state = 'SUCCESS', result = k.figures, round = r.number, error = null, token = null, lease_until = null,
    finished_at = agonus_now(), progress = 1,
    started_at = coalesce(t.started_at, agonus_now()),
    history = agonus_history(t.history, 'SUCCESS', t.attempt, 'its decision was stored', $3)
  from open_round r, waiting w join kept k on k.id = w.entry_id where t.id = w.task_id and t.state in ('PENDING', 'STARTED', 'RETRY')
  returning t.entry_id, t.id, t.attempt, t.correlation_id),
logged as (
  insert into tasks (id, name, queue, state, round, result, attempt, max_attempts, progress, tournament_id, entry_id, due_at,
    created_at, started_at, finished_at, history, correlation_id)
  select k.task_id, 'run_agent_decision', 'agents', 'SUCCESS', r.number, k.figures, 1, ${maxAttempts(decisionRetry)}, 1, r.tournament_id, k.id, agonus_now(),
    agonus_now() - make_interval(secs => k.run_ms / 1000), agonus_now() - make_interval(secs => k.run_ms / 1000), agonus_now(),
    to_jsonb($3::text), $4
  from kept k, open_round r where k.id not in (select entry_id from waiting))
select exists (select from open_round) as open,
  (select coalesce(jsonb_agg(id), '[]') from fresh) as fresh,
  (select coalesce(jsonb_agg(entry_id), '[]') from decided) as decided, (select max(decided_at) from decided) as decided_at,
  (select coalesce(jsonb_agg(jsonb_build_object('entry_id', entry_id, 'task_id', id, 'attempt', attempt,
    'correlation_id', correlation_id)), '[]') from finished) as finished`;

/** Faults that count as a round without a valid answer. An agent that has spent its budget holds, and is not halted. */
const MISSES = [
  "agent.bad_answer",
  "agent.bad_model",
  "agent.model_unavailable",
  "agent.price_unknown",
] satisfies ErrorCode[];

/** `by` names the consumer (code version); `answers` must be sorted by entry, or batches deadlock. */
export async function writeDecisions(
  query: Query,
  roundId: string,
  answers: readonly AnswerRow[],
  by: string,
  correlationId: string | null,
): Promise<Written> {
  const [row] = await query<Written & Record<string, unknown>>(WRITE, [
    roundId,
    // JSON has no functions, so `result` is left out: it is for the caller.
    JSON.stringify(answers),
    by,
    correlationId,
    MISSES,
  ]);
  return row ?? { open: false, fresh: [], decided: [], decided_at: null, finished: [] };
}
