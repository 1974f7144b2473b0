/** Lets a decision's task wait for its agent: the endpoint said that the decision comes by a call of its own. */
import type { Query } from "../../query.ts";

// As a task of held-task.ts: due at the end of time, so no queue gets it, and the decision or the close of its round ends it.
const HOLD = `
update tasks t set state = case when t.cancel_requested then 'REVOKED' else 'RETRY' end, due_at = agonus_held(),
  token = null, lease_until = null, sent_at = null, sends = 0, lost_leases = 0,
  finished_at = case when t.cancel_requested then agonus_now() end,
  history = agonus_history(t.history, case when t.cancel_requested then 'REVOKED' else 'RETRY' end, t.attempt,
    'its endpoint answered 202: waits for its agent', $3)
where t.id = $1 and t.token = $2 and t.state = 'STARTED'`;

export async function holdTask(query: Query, taskId: string, token: string, by: string): Promise<void> {
  await query(HOLD, [taskId, token, by]);
}
