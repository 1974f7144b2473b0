/** Changes the arguments or the time of a task that waits. One that is claimed or finished stays as it is. */
import type { Query } from "../../query.ts";

export interface TaskEdit {
  /** Null: as they were. */
  readonly args: {
    readonly values: Record<string, unknown>;
    readonly scope: string | null;
    readonly subject: string | null;
    /** What the new ones stand for, by the task's own definition. */
    readonly key: string | null;
  } | null;
  /** From now; null: due when it was. */
  readonly countdownSeconds: number | null;
}

export type Edited =
  | { readonly kind: "edited"; readonly queue: string }
  | { readonly kind: "not_found" }
  /** Its key stands for the arguments that it has. */
  | { readonly kind: "keyed" }
  | { readonly kind: "not_waiting"; readonly state: string };

// A caller's own key says nothing of arguments; the others are made of them.
const EDIT = `
with here as materialized (
  select id, state, $2::jsonb is null or key is null or starts_with(key, 'unique:') or key is not distinct from $5::text as fits
  from tasks where id = $1 for no key update),
changed as (
  update tasks t set args = coalesce($2::jsonb, t.args),
    tournament_id = case when $2::jsonb is null then t.tournament_id else $3::uuid end,
    entry_id = case when $2::jsonb is null then t.entry_id else $4::uuid end,
    due_at = case when $6::float8 is null then t.due_at else agonus_now() + make_interval(secs => $6::float8) end,
    sent_at = case when $6::float8 is null then t.sent_at when $6::float8 > 0 then null else agonus_now() end,
    sends = case when $6::float8 is null then t.sends when $6::float8 > 0 then 0 else 1 end,
    history = agonus_history(t.history, t.state, t.attempt, 'edited: ' || concat_ws(', ',
      case when $2::jsonb is not null then 'arguments' end, case when $6::float8 is not null then 'time' end), $7)
  from here h where t.id = h.id and h.fits /* guard edit-state */ and h.state in ('PENDING', 'RETRY') /* end */ returning t.queue)
select h.state, h.fits, (select queue from changed) as queue from here h`;

export async function editTask(query: Query, id: string, edit: TaskEdit, by: string): Promise<Edited> {
  const { args } = edit;
  const [row] = await query<{ state: string; fits: boolean; queue: string | null }>(EDIT, [
    id,
    args === null ? null : JSON.stringify(args.values),
    args?.scope ?? null,
    args?.subject ?? null,
    args?.key ?? null,
    edit.countdownSeconds,
    by,
  ]);
  if (!row) return { kind: "not_found" };
  if (row.queue !== null) return { kind: "edited", queue: row.queue };
  return row.state === "PENDING" || row.state === "RETRY"
    ? { kind: "keyed" }
    : { kind: "not_waiting", state: row.state };
}
