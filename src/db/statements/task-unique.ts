/** A caller's unique key, `unique.when_exists` of POST /tasks: docs/tasks.md says what becomes of a second task under it. */
import { limits } from "../../core/limits.ts";
import type { Query } from "../query.ts";
import { insertTask, type NewTask } from "./task-insert.ts";

export type WhenExists = "return" | "replace" | "refuse";

export interface UniqueTask {
  /** Of the new task, or of the one that holds the key. */
  readonly id: string;
  readonly inserted: boolean;
  /** Of the one that held the key before; null when none did. */
  readonly held: { readonly id: string; readonly state: string } | null;
}

const HOLDER = `
select k.task_id as id, t.state from task_keys k left join tasks t on t.id = k.task_id where k.key = $1`;

// Compare and swap: only while the task that was looked at ($3) holds the key. A rival that was faster holds it now, and
// is looked at in its turn.
const SWAP = `
with swapped as (update task_keys set task_id = $1::uuid, created_at = agonus_now() where key = $2::text and task_id = $3::uuid returning key),
old as materialized (
  select t.id, t.state, t.lease_until from tasks t where t.id = $3::uuid and exists (select from swapped) for no key update),
revoked as (
  update tasks t set cancel_requested = true,
    state = case when t.state = 'STARTED' then t.state else 'REVOKED' end,
    finished_at = case when t.state = 'STARTED' then null else agonus_now() end,
    history = (case when jsonb_array_length(t.history) >= ${limits.historyItemsMax} then t.history - 1 else t.history end) ||
      jsonb_build_array(jsonb_build_object('at', agonus_now(), 'state', case when t.state = 'STARTED' then t.state else 'REVOKED' end,
        'attempt', t.attempt, 'why', 'replaced by task ' || $1::uuid::text) || agonus_signed($4))
  from old where t.id = old.id and t.state in ('PENDING', 'RETRY', 'STARTED') returning t.id),
waits as (
  select greatest(agonus_now() + make_interval(secs => $5::float8),
    (select lease_until from old where old.state = 'STARTED')) as due_at)
insert into tasks (id, name, queue, state, args, max_attempts, tournament_id, entry_id, key, due_at, sent_at, sends,
  correlation_id, parent_id, history)
select $1::uuid, $6, $7, 'PENDING', $8::jsonb, $9, $10, $11, $2::text, waits.due_at,
  case when waits.due_at > agonus_now() then null else agonus_now() end, case when waits.due_at > agonus_now() then 0 else 1 end,
  $12, $13, jsonb_build_array(jsonb_build_object('at', agonus_now(), 'state', 'PENDING', 'attempt', 0,
    'why', 'enqueued in place of task ' || $3::uuid::text) || agonus_signed($4))
from waits where exists (select from swapped)
returning id, (select state from old) as old_state`;

/** `task.key` is the unique one. */
export async function insertUnique(
  query: Query,
  task: NewTask & { readonly key: string },
  whenExists: WhenExists,
): Promise<UniqueTask> {
  for (let look = 0; look < 20; look++) {
    const { id, inserted } = await insertTask(query, task);
    // A repeat of the same request finds its own task.
    if (inserted || id === task.id) return { id, inserted, held: null };
    const [held] = await query<{ id: string; state: string | null }>(HOLDER, [task.key]);
    if (!held) continue;
    // One whose row was cleaned up holds nothing any more.
    if (held.state !== null && whenExists !== "replace") {
      return { id: held.id, inserted: false, held: { id: held.id, state: held.state } };
    }
    const [swapped] = await query<{ id: string; old_state: string | null }>(SWAP, [
      task.id,
      task.key,
      held.id,
      task.by,
      task.countdownSeconds,
      task.name,
      task.queue,
      JSON.stringify(task.args),
      task.maxAttempts,
      task.tournamentId,
      task.entryId,
      task.correlationId,
      task.parentId ?? null,
    ]);
    if (!swapped) continue;
    const { old_state: state } = swapped;
    return { id: swapped.id, inserted: true, held: state === null ? null : { id: held.id, state } };
  }
  throw new Error("the unique key changes hands all the time");
}
