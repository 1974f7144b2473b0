/** Claims a batch of tasks: the right to run them, held by a token until the lease ends. */
import { limits } from "../../../core/limits.ts";
import type { Query } from "../../query.ts";

export interface ClaimedTask {
  readonly id: string;
  readonly name: string;
  readonly queue: string;
  readonly args: Record<string, unknown>;
  readonly attempt: number;
  readonly max_attempts: number;
  readonly key: string | null;
  readonly scope: string | null;
  readonly correlation_id: string | null;
  /** Milliseconds from being due to this claim. */
  readonly queue_ms: number;
  /** Its queue runs only so many at once: its ending frees a place. */
  readonly limited: boolean;
}

// The token is made by the invocation before it claims: after a lost reply it may repeat its own claim, which counts
// nothing twice. An attempt whose lease ran out was the platform's loss and is given back; one that was cancelled
// meanwhile, or is the last that may be lost, is left to the sweep, which ends it.
//
// A paused queue gives nothing out, a limited one as many as it has places for. `room` locks a limited queue until this
// claim commits and counts in a look of its own: this statement's snapshot is older than the lock. Allowed is only who
// is in `free`, so that a row that changes under the claim gets no place by it. What is refused counts as unsent.
const CLAIM = `
with room as materialized (
  select c.queue, c.paused, agonus_queue_room(c.queue) as places from (
    select queue, paused_at is not null as paused from queue_controls
    where queue in (select queue from tasks where id = any($1::uuid[])) order by queue offset 0) c),
free as materialized (
  select w.id from (
    select id, queue, row_number() over (partition by queue order by due_at, id) as nth from tasks
    where id = any($1::uuid[]) and state in ('PENDING', 'RETRY') /* guard claim-due */ and due_at <= agonus_now() /* end */) w
  join room r on r.queue = w.queue /* guard claim-paused */ and not r.paused /* end */
    /* guard claim-places */ and (r.places is null or w.nth <= r.places) /* end */),
refused as (
  update tasks t set sent_at = null, sends = 0 from (
    select id from tasks
    where id = any($1::uuid[]) and state in ('PENDING', 'RETRY') and sent_at is not null
      and queue in (select queue from room) and id not in (select id from free)
    order by id for no key update skip locked) x
  where t.id = x.id),
wanted as (
  select id from tasks
  where id = any($1::uuid[]) and (
    (state in ('PENDING', 'RETRY') /* guard claim-due */ and due_at <= agonus_now() /* end */
      and (queue not in (select queue from room) or id in (select id from free)))
    or (state = 'STARTED' and (token = $2 or (/* guard claim-lease */ lease_until < agonus_now() /* end */ and not cancel_requested and lost_leases + 1 < $5
      /* guard claim-taken-paused */ and queue not in (select queue from room where paused) /* end */))))
  order by id for no key update skip locked)
update tasks t set
  state = 'STARTED', token = $2, consumer = agonus_signed($4)->>'by',
  lease_until = agonus_now() + make_interval(secs => $3::float8), heartbeat_at = agonus_now(),
  attempt = case when t.state = 'STARTED' then t.attempt else t.attempt + 1 end,
  lost_leases = case when t.state = 'STARTED' and t.token <> $2 then t.lost_leases + 1 else t.lost_leases end,
  started_at = coalesce(t.started_at, agonus_now()),
  progress = case when t.token = $2 then t.progress end,
  history = case when t.token = $2 then t.history else agonus_history(t.history, 'STARTED',
    case when t.state = 'STARTED' then t.attempt else t.attempt + 1 end,
    case when t.state = 'STARTED' then 'the lease before had run out' else 'claimed' end, $4) end
from wanted w where t.id = w.id
returning t.id, t.name, t.queue, t.args, t.attempt, t.max_attempts, t.key, t.tournament_id as scope, t.correlation_id,
  greatest(0, agonus_ms(agonus_now()) - agonus_ms(t.due_at)) as queue_ms,
  exists (select from room r where r.queue = t.queue and r.places is not null) as limited`;

/** Those that were free and due; another's stay with it. `leaseSeconds` is prolonged by heartbeats. */
export async function claimTasks(
  query: Query,
  ids: readonly string[],
  token: string,
  leaseSeconds: number,
  by: string,
): Promise<ClaimedTask[]> {
  if (ids.length === 0) return [];
  return query<ClaimedTask & Record<string, unknown>>(CLAIM, [ids, token, leaseSeconds, by, limits.lostLeasesMax]);
}
