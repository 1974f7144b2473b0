/** The sweep: takes back leases that ran out, and claims rows that are owed and unsent for sending. */
import { limits } from "../../../core/limits.ts";
import { errorSignature } from "../../../core/tasks/error-signature.ts";
import { queueNames } from "../../../core/tasks/queues.ts";
import type { Query } from "../../query.ts";

export interface SweptTask {
  readonly id: string;
  readonly queue: string;
}

// A task whose leases were lost too often ends in FAILURE. A task that is never lost goes on, at a slower pace, until it
// ends or is cancelled.
const LEASES = `
with lost as (
  select t.id, t.lost_leases + 1 >= $2 as often, case when t.cancel_requested then 'REVOKED'
    when t.lost_leases + 1 >= $2 /* guard replay-lost */ and not t.never_lost /* end */ then 'FAILURE'
    else 'RETRY' end as becomes
  from tasks t where state = 'STARTED' /* guard sweep-lease */ and lease_until < agonus_now() /* end */ order by id limit $1 for no key update of t skip locked)
update tasks t set
  state = l.becomes, lost_leases = /* guard sweep-count */ t.lost_leases + 1 /* end */, attempt = greatest(0, t.attempt - 1),
  token = null, lease_until = null, sent_at = null, sends = 0,
  due_at = agonus_now() + make_interval(secs => case when l.often and l.becomes = 'RETRY' then 60 else 0 end),
  finished_at = case when l.becomes <> 'RETRY' then agonus_now() end,
  error = case when l.becomes = 'FAILURE' then jsonb_build_object('class', 'LostLease',
    'code', 'task.lost', 'message', $4::text, 'attempts', coalesce(t.error->'attempts', '[]')) else t.error end,
  signature = case when l.becomes = 'FAILURE' then $5::text end,
  history = agonus_history(t.history, l.becomes, t.attempt, 'its lease ran out: whoever ran it is gone', $3)
from lost l where t.id = l.id returning t.id, t.queue, t.state`;

// Sent again after 20 s, 40 s, … 300 s; a queue that is being drained ($2) waits until its oldest row is a minute old.
// A paused queue waits whole, and of a limited one ($4 names the queues) only as many are sent as it has places for.
const OWED = `state in ('PENDING', 'RETRY') /* guard sweep-unsent */ and due_at <= agonus_now() /* end */
    and (sent_at is null or /* guard sweep-spacing */ sent_at < agonus_now() - make_interval(secs => least(${limits.resendCapSeconds}, ${limits.resendSeconds} * 2 ^ (least(sends, 6) - 1))) /* end */)
    and (sent_at is null or queue <> all($2::text[]) or due_at < agonus_now() - interval '60 seconds')`;

// Scopes (tournament_id) take turns, so that ten thousand rows of one do not stand before six of another. When the oldest
// rows fill the whole sweep, each scope with waiting rows brings its own oldest rows ($3) as well; `scopes` hops from one
// scope to the next in the index. Where places are freed one by one, each place is a first turn for all: it goes to the
// next scope after the one that had it ($5), by id, and round again.
const NO_SCOPE = "00000000-0000-0000-0000-000000000000";
const UNSENT = `
with recursive queues as materialized (
  select q.queue, c.max_running - (select count(*) from tasks r where r.queue = q.queue and r.state = 'STARTED') as places
  from unnest($4::text[]) q(queue) left join queue_controls c on c.queue = q.queue /* guard sweep-paused */ where c.paused_at is null /* end */),
oldest as materialized (
  select x.* from queues q, lateral (
    select id, queue, tournament_id, due_at from tasks where queue = q.queue and ${OWED} order by due_at limit $1) x
  where q.places is null or q.places > 0),
scopes as (
  (select tournament_id as scope from tasks
   where state in ('PENDING', 'RETRY') and tournament_id is not null and (select count(*) from oldest) >= $1
   order by tournament_id limit 1)
  union all
  select (select t.tournament_id from tasks t where t.state in ('PENDING', 'RETRY') and t.tournament_id > s.scope
    order by t.tournament_id limit 1) from scopes s where s.scope is not null),
others as (
  select x.* from scopes o, lateral (
    select id, queue, tournament_id, due_at from tasks where tournament_id = o.scope and ${OWED} order by due_at limit $3) x
  where x.queue in (select queue from queues where places is null or places > 0)),
turns as (
  select id, queue, due_at, coalesce(tournament_id, '${NO_SCOPE}') as whose,
    row_number() over (partition by queue/* guard sweep-turns */ , tournament_id /* end */ order by due_at, id) as turn
  from (select * from oldest /* guard sweep-others */ union select * from others /* end */) c),
placed as (
  select t.id, t.turn, t.due_at, q.places, row_number() over (partition by t.queue order by t.turn, /* guard sweep-rotation */ t.whose <= $5::uuid, /* end */
    case when $5::uuid is not null then t.whose end, t.due_at, t.id) as nth
  from turns t join queues q on q.queue = t.queue),
picked as (
  select id, turn from placed where places is null or nth <= places order by turn, due_at, id limit $1),
owed as (
  select t.id, p.turn from tasks t join picked p on p.id = t.id where ${OWED} for no key update of t skip locked)
update tasks t set sent_at = agonus_now(), sends = t.sends + 1 from owed o
where t.id = o.id returning t.id, t.queue, o.turn`;

export async function sweepLeases(
  query: Query,
  rowsMax: number,
  lostLeasesMax: number,
  by: string,
): Promise<(SweptTask & { state: string })[]> {
  const message = `its lease ran out ${lostLeasesMax} times in a row`;
  return query<SweptTask & { state: string } & Record<string, unknown>>(LEASES, [
    rowsMax,
    lostLeasesMax,
    by,
    message,
    errorSignature("LostLease", "task.lost", message),
  ]);
}

/** Rows of each scope, when more is waiting than one sweep can send. */
const ROWS_A_SCOPE = 50;

/**
 * Marks rows as sent and returns them, scopes in turns; the caller sends them. `after` is the scope whose task has freed
 * a place of a limited queue; its `scope` is null for a task without one.
 */
export async function claimUnsent(
  query: Query,
  rowsMax: number,
  busyQueues: readonly string[],
  queues: readonly string[] = queueNames,
  after: { readonly scope: string | null } | null = null,
): Promise<SweptTask[]> {
  const rows = await query<SweptTask & { turn: number } & Record<string, unknown>>(UNSENT, [
    rowsMax,
    busyQueues,
    ROWS_A_SCOPE,
    queues,
    after && (after.scope ?? NO_SCOPE),
  ]);
  return rows.sort((a, b) => a.turn - b.turn).map(({ id, queue }) => ({ id, queue }));
}
