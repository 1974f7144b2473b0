/** Stores many tasks at once, each as insert.ts stores one. */
import type { Query } from "../../query.ts";
import type { NewTask } from "./insert.ts";

/** Due now, and sent by whoever stores it. */
export type TaskOfMany = Omit<NewTask, "countdownSeconds" | "failed" | "parentId">;

// Ids and keys go in order, or two of these statements would deadlock. The first of several tasks with one key is made.
const INSERT = `
with asked as (
  select * from jsonb_to_recordset($1::jsonb) as a(id uuid, name text, queue text, args jsonb, most integer,
    scope uuid, subject uuid, never_lost boolean, key text, correlation text, signed text)),
keyed as (
  insert into task_keys (key, task_id) select key, id from asked where key is not null order by key, id
  on conflict do nothing returning task_id)
insert into tasks (id, name, queue, state, args, max_attempts, tournament_id, entry_id, key, due_at, sent_at, sends,
  correlation_id, never_lost, history)
select id, name, queue, 'PENDING', args, most, scope, subject, key, agonus_now(), agonus_now(), 1, correlation,
  never_lost,
  agonus_history('[]', 'PENDING', 0, 'enqueued', signed)
from asked where key is null or id in (select task_id from keyed) order by id
on conflict do nothing returning id`;

/** The ids of those that it stored. One that isn't among them has a key that another holds, or was stored before. */
export async function insertTasks(query: Query, tasks: readonly TaskOfMany[]): Promise<Set<string>> {
  const asked = tasks.map((task) => ({
    id: task.id,
    name: task.name,
    queue: task.queue,
    args: task.args,
    most: task.maxAttempts,
    scope: task.scope,
    subject: task.subject,
    never_lost: task.survivesLostLeases,
    key: task.key,
    correlation: task.correlationId,
    signed: task.by,
  }));
  const rows = await query<{ id: string }>(INSERT, [JSON.stringify(asked)]);
  return new Set(rows.map((row) => row.id));
}
