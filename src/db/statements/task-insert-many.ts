/** Stores many tasks at once, each as task-insert.ts stores one. */
import type { Query } from "../query.ts";

/** Due now, and sent by whoever stores it. */
export interface TaskOfMany {
  readonly id: string;
  readonly args: Record<string, unknown>;
  readonly tournamentId: string | null;
  readonly entryId: string | null;
  readonly key: string | null;
}

export interface OfMany {
  readonly name: string;
  readonly queue: string;
  readonly maxAttempts: number;
  readonly correlationId: string | null;
  readonly by: string;
}

// Keys in their order, or two of these statements would wait for each other. Of tasks that share a key the first is made.
const INSERT = `
with asked as (
  select * from jsonb_to_recordset($1::jsonb) as a(id uuid, args jsonb, tournament uuid, entry uuid, key text)),
keyed as (
  insert into task_keys (key, task_id) select key, id from asked where key is not null order by key, id
  on conflict do nothing returning task_id)
insert into tasks (id, name, queue, state, args, max_attempts, tournament_id, entry_id, key, due_at, sent_at, sends,
  correlation_id, history)
select id, $2, $3, 'PENDING', args, $4, tournament, entry, key, agonus_now(), agonus_now(), 1, $5,
  jsonb_build_array(jsonb_build_object('at', agonus_now(), 'state', 'PENDING', 'attempt', 0, 'why', 'enqueued') || agonus_signed($6))
from asked where key is null or id in (select task_id from keyed)
on conflict do nothing returning id`;

/** The ids of those that it stored. One that isn't among them has a key that another holds, or was stored before. */
export async function insertTasks(query: Query, tasks: readonly TaskOfMany[], all: OfMany): Promise<Set<string>> {
  const rows = await query<{ id: string }>(INSERT, [
    JSON.stringify(
      tasks.map(({ id, args, tournamentId, entryId, key }) => ({
        id,
        args,
        key,
        tournament: tournamentId,
        entry: entryId,
      })),
    ),
    all.name,
    all.queue,
    all.maxAttempts,
    all.correlationId,
    all.by,
  ]);
  return new Set(rows.map((row) => row.id));
}
