/**
 * Starts a finished task over: the same row, as PENDING, with its history and its old errors. Its key goes with it: one
 * that another task has taken meanwhile (a unique key that was replaced) refuses it. The line in the history keeps the id of
 * the request, if there is one: a repeat of the request changes nothing and gets the same answer.
 */
import type { Query } from "../../query.ts";
import { COMPOSED } from "./decided.ts";

export type Retried =
  | { readonly kind: "retried"; readonly queue: string }
  | { readonly kind: "not_found" }
  | { readonly kind: "not_finished"; readonly state: string }
  | { readonly kind: "key_taken"; readonly taskId: string };

// $2: seconds. The holder of a key that is free or its own is this task again; another's stays.
const RETRY = `
with here as materialized (
  select id, state, key, queue, $4::text is not null and history @> jsonb_build_array(jsonb_build_object('request', $4::text)) as repeated
  from tasks where id = $1 for no key update),
kept as (
  insert into task_keys (key, task_id)
  select key, id from here where key is not null and not repeated and state in ('SUCCESS', 'FAILURE', 'REVOKED')
  /* guard retry-holder */ on conflict (key) do update set task_id = excluded.task_id where task_keys.task_id = excluded.task_id /* end */ returning key),
changed as (
  update tasks t set state = 'PENDING', attempt = 0, lost_leases = 0, args = ${COMPOSED.args}, result = null, round = null, progress = null, signature = null,
    token = null, lease_until = null, cancel_requested = false, started_at = null, finished_at = null,
    due_at = agonus_now() + make_interval(secs => $2::float8),
    sent_at = case when $2::float8 > 0 then null else agonus_now() end, sends = case when $2::float8 > 0 then 0 else 1 end,
    history = jsonb_set_lax(agonus_history(${COMPOSED.history}, 'PENDING', t.attempt, 'run again', $3),
      '{-1,request}', to_jsonb($4::text), true, 'return_target')
  from here h where t.id = h.id /* guard retry-state */ and h.state in ('SUCCESS', 'FAILURE', 'REVOKED') /* end */
    and not h.repeated /* guard retry-key */ and (h.key is null or exists (select from kept)) /* end */
  returning t.queue)
select h.state, coalesce((select queue from changed), case when h.repeated then h.queue end) as queue, (select task_id from task_keys k where k.key = h.key) as holder from here h`;

export async function retryTask(
  query: Query,
  id: string,
  countdownSeconds: number,
  by: string,
  requestId: string | null = null,
): Promise<Retried> {
  const [row] = await query<{ state: string; queue: string | null; holder: string | null }>(RETRY, [
    id,
    countdownSeconds,
    by,
    requestId,
  ]);
  if (!row) return { kind: "not_found" };
  if (row.queue !== null) return { kind: "retried", queue: row.queue };
  if (!["SUCCESS", "FAILURE", "REVOKED"].includes(row.state)) return { kind: "not_finished", state: row.state };
  return { kind: "key_taken", taskId: row.holder ?? id };
}
