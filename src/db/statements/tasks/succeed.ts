/** Ends many successful attempts in one statement, each fenced by the token that they share. finish.ts ends one. */
import type { Query } from "../../query.ts";

export interface Succeeded {
  readonly id: string;
  readonly result: Record<string, unknown>;
}

// Locked in order of id: a statement that stores decisions may hold two of them as well.
const SUCCEED = `
with done as (select * from jsonb_to_recordset($1::jsonb) as d(id uuid, result jsonb)),
locked as (
  select id from tasks where id = any($4::uuid[]) and /* guard succeed-token */ token = $2 /* end */ and state = 'STARTED' order by id for no key update)
update tasks t set state = 'SUCCESS', result = d.result, error = null, signature = null, token = null, lease_until = null,
  lost_leases = 0, progress = 1, finished_at = agonus_now(),
  history = agonus_history(t.history, 'SUCCESS', t.attempt, 'done', $3)
from locked l join done d on d.id = l.id
where t.id = l.id and /* guard succeed-token */ t.token = $2 /* end */ and t.state = 'STARTED' returning t.id`;

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
