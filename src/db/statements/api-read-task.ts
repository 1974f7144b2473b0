/** One task, by its id alone: that names its partition. */
import type { Query } from "../query.ts";

export type TaskRow = {
  id: string;
  name: string;
  queue: string;
  state: "PENDING" | "STARTED" | "RETRY" | "SUCCESS" | "FAILURE" | "REVOKED";
  args: Record<string, unknown>;
  result: Record<string, unknown> | null;
  error: Record<string, unknown> | null;
  attempt: number;
  max_attempts: number;
  progress: number | null;
  created_at: string;
  started_at: string | null;
  finished_at: string | null;
  /** The open round of its tournament: what was decided in it is secret. */
  open_round: number | null;
};

export async function readTask(query: Query, id: string): Promise<TaskRow | null> {
  const [row = null] = await readTasks(query, [id]);
  return row;
}

/** Each in its place, null where there is none. Id by id, so that each looks into its own partition alone. */
export async function readTasks(query: Query, ids: readonly string[]): Promise<(TaskRow | null)[]> {
  const rows = await query<TaskRow>(
    `select t.* from unnest($1::uuid[]) as wanted(id), lateral (
       select id, name, queue, state, args, result, error, attempt, max_attempts, progress, created_at, started_at, finished_at,
         (select number from rounds r where r.tournament_id = tasks.tournament_id and r.state = 'open') as open_round
       from tasks where id = wanted.id) t`,
    [[...new Set(ids)]],
  );
  const byId = new Map(rows.map((row) => [row.id, row]));
  return ids.map((id) => byId.get(id) ?? null);
}

/** Seconds from now, by the database's clock, until an ISO time; negative when it has passed. */
export async function secondsUntil(query: Query, time: string): Promise<number> {
  const [row] = await query<{ seconds: number }>(
    `select extract(epoch from $1::timestamptz - agonus_now())::float8 as seconds`,
    [time],
  );
  return row?.seconds ?? 0;
}
