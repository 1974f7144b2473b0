/**
 * Inserts a task under a caller's unique key (`unique.key` of POST /tasks). `unique.when_exists` says what happens when another
 * task holds the key already. docs/tasks.md describes the three choices.
 */
import type { Query } from "../../query.ts";
import { insertTask, type NewTask } from "./insert.ts";

export type WhenExists = "return" | "replace" | "refuse";

export interface UniqueTask {
  /** The id of the new task, or of the task that holds the key already. */
  readonly id: string;
  readonly inserted: boolean;
  /** The task that held the key before; null when no task held it. */
  readonly held: { readonly id: string; readonly state: string } | null;
}

const HOLDER = `
select k.task_id as id, t.state from task_keys k left join tasks t on t.id = k.task_id where k.key = $1`;

// Compare and swap: the new task takes the key only while the task that was read ($3) still holds it. If another call was
// faster, its task holds the key now. The loop below then reads that task and tries again.
const SWAP = `
with swapped as (update task_keys set task_id = $1::uuid, created_at = agonus_now() where key = $2::text /* guard replace-holder */ and task_id = $3::uuid /* end */ returning key),
old as materialized (
  select t.id, t.state, t.lease_until from tasks t where t.id = $3::uuid and exists (select from swapped) for no key update),
revoked as (
  update tasks t set cancel_requested = true,
    state = case when t.state = 'STARTED' then t.state else 'REVOKED' end,
    finished_at = case when t.state = 'STARTED' then null else agonus_now() end,
    history = agonus_history(t.history, case when t.state = 'STARTED' then t.state else 'REVOKED' end, t.attempt,
      'replaced by task ' || $1::uuid::text, $4)
  from old where t.id = old.id and t.state in ('PENDING', 'RETRY', 'STARTED') returning t.id),
waits as (
  select greatest(agonus_now() + make_interval(secs => $5::float8),
    (select /* guard replace-lease */ lease_until /* end */ from old where old.state = 'STARTED')) as due_at)
insert into tasks (id, name, queue, state, args, max_attempts, tournament_id, entry_id, key, due_at, sent_at, sends,
  correlation_id, parent_id, never_lost, history)
select $1::uuid, $6, $7, 'PENDING', $8::jsonb, $9, $10, $11, $2::text, waits.due_at,
  case when waits.due_at > agonus_now() then null else agonus_now() end, case when waits.due_at > agonus_now() then 0 else 1 end,
  $12, $13, $14, agonus_history('[]', 'PENDING', 0, 'enqueued in place of task ' || $3::uuid::text, $4)
from waits where exists (select from swapped)
returning id, (select state from old) as old_state`;

/** `task.key` is the caller's unique key. */
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
    // `state` is null when the holder's row was cleaned up. Such a task no longer holds the key.
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
      task.scope,
      task.subject,
      task.correlationId,
      task.parentId ?? null,
      task.survivesLostLeases,
    ]);
    if (!swapped) continue;
    const { old_state: state } = swapped;
    return { id: swapped.id, inserted: true, held: state === null ? null : { id: held.id, state } };
  }
  throw new Error("the unique key changes hands all the time");
}
