/** What the sweep does: leases that ran out go back, and rows owed and unsent are sent. */
import type { Query } from "../query.ts";

export interface SweptTask {
  readonly id: string;
  readonly queue: string;
}

const LEASES = `
with lost as (
  select id from tasks where state = 'STARTED' and lease_until < agonus_now() order by id limit $1 for no key update skip locked)
update tasks t set
  state = case when t.cancel_requested then 'REVOKED' when t.lost_leases + 1 >= $2 then 'FAILURE' else 'RETRY' end,
  lost_leases = t.lost_leases + 1, attempt = greatest(0, t.attempt - 1),
  token = null, lease_until = null, due_at = agonus_now(), sent_at = null, sends = 0,
  finished_at = case when t.cancel_requested or t.lost_leases + 1 >= $2 then agonus_now() end,
  error = case when t.lost_leases + 1 >= $2 then jsonb_build_object('class', 'LostLease', 'code', 'task.lost',
    'message', 'its lease ran out ' || $2 || ' times in a row') else t.error end,
  history = (case when jsonb_array_length(t.history) >= 100 then t.history - 1 else t.history end) ||
    jsonb_build_array(jsonb_build_object('at', agonus_now(),
      'state', case when t.cancel_requested then 'REVOKED' when t.lost_leases + 1 >= $2 then 'FAILURE' else 'RETRY' end,
      'attempt', t.attempt, 'why', 'its lease ran out: whoever ran it is gone', 'by', $3::text))
from lost l where t.id = l.id returning t.id, t.queue, t.state`;

// Sent again after 20 s, 40 s, … 300 s; a queue that is being drained ($2) waits until its oldest row is a minute old.
const UNSENT = `
with owed as (
  select id from tasks
  where state in ('PENDING', 'RETRY') and due_at <= agonus_now()
    and (sent_at is null or sent_at < agonus_now() - make_interval(secs => least(300, 20 * 2 ^ (least(sends, 6) - 1))))
    and (sent_at is null or queue <> all($2::text[]) or due_at < agonus_now() - interval '60 seconds')
  order by due_at limit $1 for no key update skip locked)
update tasks t set sent_at = agonus_now(), sends = t.sends + 1 from owed o
where t.id = o.id returning t.id, t.queue`;

export async function sweepLeases(
  query: Query,
  rowsMax: number,
  lostLeasesMax: number,
  by: string,
): Promise<(SweptTask & { state: string })[]> {
  return query<SweptTask & { state: string } & Record<string, unknown>>(LEASES, [rowsMax, lostLeasesMax, by]);
}

/** Marks them as sent and returns them: whoever gets a row sends it. */
export async function claimUnsent(query: Query, rowsMax: number, busyQueues: readonly string[]): Promise<SweptTask[]> {
  return query<SweptTask & Record<string, unknown>>(UNSENT, [rowsMax, busyQueues]);
}
