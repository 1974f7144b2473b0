/** Ends many attempts well at once, each fenced by the token that they share: as task-finish.ts ends one. */
import { limits } from "../../core/limits.ts";
import type { Query } from "../query.ts";

export interface Succeeded {
  readonly id: string;
  readonly result: Record<string, unknown>;
}

// Locked in order of id: a statement that stores decisions may hold two of them as well.
const SUCCEED = `
with done as (select * from jsonb_to_recordset($1::jsonb) as d(id uuid, result jsonb)),
locked as (
  select id from tasks where id = any($4::uuid[]) and token = $2 and state = 'STARTED' order by id for no key update)
update tasks t set state = 'SUCCESS', result = d.result, error = null, signature = null, token = null, lease_until = null,
  lost_leases = 0, progress = 1, finished_at = agonus_now(),
  history = (case when jsonb_array_length(t.history) >= ${limits.historyItemsMax} then t.history - 1 else t.history end) ||
    jsonb_build_array(jsonb_build_object('at', agonus_now(), 'state', 'SUCCESS', 'attempt', t.attempt, 'why', 'done') || agonus_signed($3))
from locked l join done d on d.id = l.id
where t.id = l.id and t.token = $2 and t.state = 'STARTED' returning t.id`;

/** The ids of those whose token still held; the other results are refused. */
export async function succeedTasks(
  query: Query,
  token: string,
  tasks: readonly Succeeded[],
  by: string,
): Promise<Set<string>> {
  const rows = await query<{ id: string }>(SUCCEED, [
    JSON.stringify(tasks.map(({ id, result }) => ({ id, result }))),
    token,
    by,
    tasks.map((task) => task.id),
  ]);
  return new Set(rows.map((row) => row.id));
}
