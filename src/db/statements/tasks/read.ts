/** One task, by its id alone: that names its partition. */
import type { Query } from "../../query.ts";

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
  /** It has not ended, or ended since that round opened. */
  in_open_round: boolean;
  /** Its tournament has ended; true for a task of none. */
  tournament_over: boolean;
};

export async function readTask(query: Query, id: string): Promise<TaskRow | null> {
  const [row = null] = await readTasks(query, [id]);
  return row;
}

/** Each in its place, null where there is none. Id by id, so that each looks into its own partition alone. */
export async function readTasks(query: Query, ids: readonly string[]): Promise<(TaskRow | null)[]> {
  const rows = await query<TaskRow>(
    `select t.* from unnest($1::uuid[]) as wanted(id), lateral (
       select tasks.id, name, queue, tasks.state, args, result, error, attempt, max_attempts, progress, created_at, started_at,
         finished_at, r.number as open_round,
         r.id is not null and coalesce(finished_at >= r.opened_at, true) as in_open_round,
         not exists (select from tournaments c where c.id = tasks.tournament_id and c.ended_at is null) as tournament_over
       from tasks left join rounds r on r.tournament_id = tasks.tournament_id and r.state = 'open'
       where tasks.id = wanted.id) t`,
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
