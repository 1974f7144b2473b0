/**
 * Cancels a task. One that waits is REVOKED at once. One that runs is asked: its heartbeat says so within five seconds
 * (a thinking object's within a third of its lease), its attempt is cut off, and a later result is refused by its
 * token. Without heartbeats the sweep ends it when its lease runs out.
 */
import type { Query } from "../../query.ts";

export type Cancelled =
  | { readonly kind: "revoked" | "asked" }
  | { readonly kind: "not_found" }
  | { readonly kind: "finished"; readonly state: string };

// A second request to cancel a running task adds no line to its history.
const CANCEL = `
with here as materialized (select id, state, cancel_requested from tasks where id = $1 for no key update),
changed as (
  update tasks t set cancel_requested = true,
    state = case when h.state = 'STARTED' then t.state else 'REVOKED' end,
    finished_at = case when h.state = 'STARTED' then null else agonus_now() end,
    history = case when h.cancel_requested then t.history else
      agonus_history(t.history, case when h.state = 'STARTED' then t.state else 'REVOKED' end, t.attempt,
        case when h.state = 'STARTED' then 'asked to cancel' else 'cancelled' end, $2) end
  from here h where t.id = h.id /* guard cancel-state */ and h.state in ('PENDING', 'RETRY', 'STARTED') /* end */ returning t.id)
select state from here`;

export async function cancelTask(query: Query, id: string, by: string): Promise<Cancelled> {
  const [row] = await query<{ state: string }>(CANCEL, [id, by]);
  if (!row) return { kind: "not_found" };
  if (row.state === "STARTED") return { kind: "asked" };
  if (row.state === "PENDING" || row.state === "RETRY") return { kind: "revoked" };
  return { kind: "finished", state: row.state };
}
