/** Takes an entry's decision back from the worker that has claimed it: a recovery has fenced that worker off, so nobody waits for its lease. */
import type { Query } from "../../query.ts";

const TAKE_BACK = `
update tasks t set state = case when t.cancel_requested then 'REVOKED' else 'RETRY' end, token = null, lease_until = null,
  attempt = greatest(0, t.attempt - 1), due_at = agonus_now(), sent_at = null, sends = 0,
  finished_at = case when t.cancel_requested then agonus_now() end,
  history = agonus_history(t.history, case when t.cancel_requested then 'REVOKED' else 'RETRY' end, t.attempt,
    'its agent was recovered: whoever ran it is fenced off', $3)
from task_keys k where k.key = agonus_decision_key($2, $1) and t.id = k.task_id and t.state = 'STARTED'
returning t.id, t.state`;

/** The id of the task that is to be sent again; null when nobody had claimed it, or when it was cancelled meanwhile. */
export async function takeBackDecision(
  query: Query,
  entryId: string,
  roundId: string,
  by: string,
): Promise<string | null> {
  const [row] = await query<{ id: string; state: string }>(TAKE_BACK, [entryId, roundId, by]);
  return row?.state === "RETRY" ? row.id : null;
}
