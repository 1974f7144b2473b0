/** What the sweep does: leases that ran out go back, and rows owed and unsent are sent. */
import { errorSignature } from "../../core/error-signature.ts";
import { limits } from "../../core/limits.ts";
import { queueNames } from "../../core/message.ts";
import type { Query } from "../query.ts";

export interface SweptTask {
  readonly id: string;
  readonly queue: string;
}

// Lost too often, a task has FAILED; not a replay's decision: its failure would close the round for want of an attempt,
// and no platform fault closes one (CONTRACT). It goes on, at a slower pace, until it is answered or cancelled.
const LEASES = `
with lost as (
  select t.id, t.lost_leases + 1 >= $2 as often, case when t.cancel_requested then 'REVOKED'
    when t.lost_leases + 1 >= $2 and not (t.name = 'run_agent_decision' and t.key is not null and exists (
      select from tournaments x where x.id = t.tournament_id and x.market = 'replay')) then 'FAILURE'
    else 'RETRY' end as becomes
  from tasks t where state = 'STARTED' and lease_until < agonus_now() order by id limit $1 for no key update of t skip locked)
update tasks t set
  state = l.becomes, lost_leases = t.lost_leases + 1, attempt = greatest(0, t.attempt - 1),
  token = null, lease_until = null, sent_at = null, sends = 0,
  due_at = agonus_now() + make_interval(secs => case when l.often and l.becomes = 'RETRY' then 60 else 0 end),
  finished_at = case when l.becomes <> 'RETRY' then agonus_now() end,
  error = case when l.becomes = 'FAILURE' then jsonb_build_object('class', 'LostLease',
    'code', 'task.lost', 'message', $4::text, 'attempts', coalesce(t.error->'attempts', '[]')) else t.error end,
  signature = case when l.becomes = 'FAILURE' then $5::text end,
  history = (case when jsonb_array_length(t.history) >= ${limits.historyItemsMax} then t.history - 1 else t.history end) ||
    jsonb_build_array(jsonb_build_object('at', agonus_now(), 'state', l.becomes,
      'attempt', t.attempt, 'why', 'its lease ran out: whoever ran it is gone') || agonus_signed($3))
from lost l where t.id = l.id returning t.id, t.queue, t.state`;

// Sent again after 20 s, 40 s, … 300 s; a queue that is being drained ($2) waits until its oldest row is a minute old.
// A paused queue waits whole, and of a limited one ($4 names the queues) only as many are sent as it has places for.
const OWED = `state in ('PENDING', 'RETRY') and due_at <= agonus_now()
    and (sent_at is null or sent_at < agonus_now() - make_interval(secs => least(${limits.resendCapSeconds}, ${limits.resendSeconds} * 2 ^ (least(sends, 6) - 1))))
    and (sent_at is null or queue <> all($2::text[]) or due_at < agonus_now() - interval '60 seconds')`;

// Tournaments take turns, so that one's ten thousand rows don't stand before another's six. Should the oldest rows fill
// the whole sweep, each tournament that is not over brings its own oldest ones ($3) as well. Where places are freed one by
// one, each is a first turn for all: it goes to the next tournament after the one that had it ($5), by id, and round again.
const NO_TOURNAMENT = "00000000-0000-0000-0000-000000000000";
const UNSENT = `
with queues as materialized (
  select q.queue, c.max_running - (select count(*) from tasks r where r.queue = q.queue and r.state = 'STARTED') as places
  from unnest($4::text[]) q(queue) left join queue_controls c on c.queue = q.queue where c.paused_at is null),
oldest as materialized (
  select x.* from queues q, lateral (
    select id, queue, tournament_id, due_at from tasks where queue = q.queue and ${OWED} order by due_at limit $1) x
  where q.places is null or q.places > 0),
others as (
  select x.* from tournaments o, lateral (
    select id, queue, tournament_id, due_at from tasks where tournament_id = o.id and ${OWED} order by due_at limit $3) x
  where o.status in ('upcoming', 'live', 'paused') and (select count(*) from oldest) >= $1
    and x.queue in (select queue from queues where places is null or places > 0)),
turns as (
  select id, queue, due_at, coalesce(tournament_id, '${NO_TOURNAMENT}') as whose,
    row_number() over (partition by queue, tournament_id order by due_at, id) as turn
  from (select * from oldest union select * from others) c),
placed as (
  select t.id, t.turn, t.due_at, q.places, row_number() over (partition by t.queue order by t.turn, t.whose <= $5::uuid,
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

/** Rows of each tournament that is not over, when there is more than one sweep can send. */
const ROWS_A_TOURNAMENT = 50;

/**
 * Marks them as sent and returns them, tournaments in turns: whoever gets a row sends it. `after`: whose task has freed a
 * place of a limited queue, `tournamentId` null for one of no tournament.
 */
export async function claimUnsent(
  query: Query,
  rowsMax: number,
  busyQueues: readonly string[],
  queues: readonly string[] = queueNames,
  after: { readonly tournamentId: string | null } | null = null,
): Promise<SweptTask[]> {
  const rows = await query<SweptTask & { turn: number } & Record<string, unknown>>(UNSENT, [
    rowsMax,
    busyQueues,
    ROWS_A_TOURNAMENT,
    queues,
    after && (after.tournamentId ?? NO_TOURNAMENT),
  ]);
  return rows.sort((a, b) => a.turn - b.turn).map(({ id, queue }) => ({ id, queue }));
}
