/** Claims a batch of tasks: the right to run them, held by a token until the lease ends. */
import { limits } from "../../core/limits.ts";
import type { Query } from "../query.ts";

export interface ClaimedTask {
  readonly id: string;
  readonly name: string;
  readonly queue: string;
  readonly args: Record<string, unknown>;
  readonly attempt: number;
  readonly max_attempts: number;
  readonly key: string | null;
  readonly tournament_id: string | null;
  readonly entry_id: string | null;
  readonly correlation_id: string | null;
  /** Milliseconds from being due to this claim. */
  readonly queue_ms: number;
}

// The token is made by the invocation before it claims: after a lost reply it may repeat its own claim, which counts
// nothing twice. An attempt whose lease ran out was the platform's loss and is given back; one that was cancelled
// meanwhile, or is the last that may be lost, is left to the sweep, which ends it.
const CLAIM = `
with wanted as (
  select id from tasks
  where id = any($1::uuid[]) and (
    (state in ('PENDING', 'RETRY') and due_at <= agonus_now())
    or (state = 'STARTED' and (token = $2 or (lease_until < agonus_now() and not cancel_requested and lost_leases + 1 < $5))))
  order by id for no key update skip locked)
update tasks t set
  state = 'STARTED', token = $2,
  lease_until = agonus_now() + make_interval(secs => $3::float8),
  attempt = case when t.state = 'STARTED' then t.attempt else t.attempt + 1 end,
  lost_leases = case when t.state = 'STARTED' and t.token <> $2 then t.lost_leases + 1 else t.lost_leases end,
  started_at = coalesce(t.started_at, agonus_now()),
  progress = case when t.token = $2 then t.progress end,
  history = case when t.token = $2 then t.history else (case when jsonb_array_length(t.history) >= $6 then t.history - 1
    else t.history end) || jsonb_build_array(jsonb_build_object('at', agonus_now(),
    'state', 'STARTED', 'attempt', case when t.state = 'STARTED' then t.attempt else t.attempt + 1 end,
    'why', case when t.state = 'STARTED' then 'the lease before had run out' else 'claimed' end, 'by', $4::text)) end
from wanted w where t.id = w.id
returning t.id, t.name, t.queue, t.args, t.attempt, t.max_attempts, t.key, t.tournament_id, t.entry_id, t.correlation_id,
  greatest(0, agonus_ms(agonus_now()) - agonus_ms(t.due_at)) as queue_ms`;

/** Those that were free and due; another's stay with it. `leaseSeconds` is prolonged by heartbeats. */
export async function claimTasks(
  query: Query,
  ids: readonly string[],
  token: string,
  leaseSeconds: number,
  by: string,
): Promise<ClaimedTask[]> {
  if (ids.length === 0) return [];
  return query<ClaimedTask & Record<string, unknown>>(CLAIM, [
    ids,
    token,
    leaseSeconds,
    by,
    limits.lostLeasesMax,
    limits.historyItemsMax,
  ]);
}
