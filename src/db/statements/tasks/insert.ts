/** Stores a task, or finds the one that holds its key. */
import type { QueueName } from "../../../core/tasks/queues.ts";
import type { Query } from "../../query.ts";

export interface NewTask {
  readonly id: string;
  readonly name: string;
  readonly queue: QueueName;
  readonly args: Record<string, unknown>;
  readonly maxAttempts: number;
  /** Stored as tournament_id: the engine knows it as an opaque scope. */
  readonly scope: string | null;
  /** Stored as entry_id. */
  readonly subject: string | null;
  /** True: lost leases never end the task in FAILURE. */
  readonly survivesLostLeases: boolean;
  readonly key: string | null;
  readonly countdownSeconds: number;
  readonly correlationId: string | null;
  readonly by: string;
  /** The attempt that failed before the row was made. The task then starts in RETRY. */
  readonly failed: { readonly code: string; readonly message: string } | null;
  /** The task that this one runs again with other arguments. */
  readonly parentId?: string | null;
}

// The caller sends a task that is due at once, so its row counts it as sent. The sweep sends it again if it never arrives.
const INSERT = `
with keyed as (
  insert into task_keys (key, task_id) select $8, $1 where $8::text is not null on conflict do nothing returning task_id),
inserted as (
  insert into tasks (id, name, queue, state, args, max_attempts, tournament_id, entry_id, key, due_at, sent_at, sends,
    correlation_id, parent_id, attempt, error, never_lost, history)
  select $1, $2, $3, case when $12::jsonb is null then 'PENDING' else 'RETRY' end, $4::jsonb, $5, $6, $7, $8,
    agonus_now() + make_interval(secs => $9::float8),
    case when $9::float8 > 0 then null else agonus_now() end, case when $9::float8 > 0 then 0 else 1 end, $10, $13,
    case when $12::jsonb is null then 0 else 1 end,
    case when $12::jsonb is null then null else $12::jsonb || jsonb_build_object('attempts',
      jsonb_build_array($12::jsonb || jsonb_build_object('attempt', 1, 'at', agonus_now()))) end,
    $14,
    agonus_history('[]', case when $12::jsonb is null then 'PENDING' else 'RETRY' end,
      case when $12::jsonb is null then 0 else 1 end, coalesce($12::jsonb->>'message', 'enqueued'), $11)
  where /* guard task-key */ $8::text is null or exists (select from keyed) /* end */ on conflict do nothing returning id)
select coalesce((select id from inserted), (select task_id from task_keys where key = $8),
    (select id from tasks where id = $1 and $8::text is null)) as id,
  exists (select from inserted) as inserted`;

/** The task's id, and whether this call made it. A repeat with the same id, or with the same key, makes none. */
export async function insertTask(query: Query, task: NewTask): Promise<{ id: string; inserted: boolean }> {
  const params = [
    task.id,
    task.name,
    task.queue,
    JSON.stringify(task.args),
    task.maxAttempts,
    task.scope,
    task.subject,
    task.key,
    task.countdownSeconds,
    task.correlationId,
    task.by,
    task.failed === null ? null : JSON.stringify({ class: "Outcome", ...task.failed }),
    task.parentId ?? null,
    task.survivesLostLeases,
  ];
  // A rival may commit the key while this statement waits. This statement's snapshot does not show it. The next look does.
  for (let look = 0; look < 3; look++) {
    const [row] = await query<{ id: string | null; inserted: boolean }>(INSERT, params);
    if (row?.id) return { id: row.id, inserted: row.inserted };
  }
  throw new Error(`the task ${task.id} of key ${task.key} could neither be stored nor found`);
}
