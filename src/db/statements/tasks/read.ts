/** One task, by its id alone: that names its partition. */
import type { Query } from "../../query.ts";
import { composed, DECISION_KEYS, type Stored } from "./decided.ts";

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
  /** The agent whose practice its tournament is. Null: everybody may see it. */
  owner: string | null;
};

export async function readTask(query: Query, id: string): Promise<TaskRow | null> {
  const [row = null] = await readTasks(query, [id]);
  return row;
}

/** Each in its place, null where there is none. Id by id, so that each looks into its own partition alone. */
export async function readTasks(query: Query, ids: readonly string[]): Promise<(TaskRow | null)[]> {
  const rows = await query<Stored<TaskRow>>(
    `select w.* from jsonb_array_elements_text($1::jsonb) as wanted(id), lateral (
       select t.id, t.name, t.queue, t.state, t.args, t.result, ${DECISION_KEYS}, t.error, t.attempt, t.max_attempts, t.progress,
         t.created_at, t.started_at, t.finished_at, r.number as open_round,
         r.id is not null and coalesce(t.finished_at >= r.opened_at, true) as in_open_round,
         c.id is null or c.ended_at is not null as tournament_over, c.practice_of as owner
       from tasks t left join rounds r on r.tournament_id = t.tournament_id and r.state = 'open'
         left join tournaments c on c.id = t.tournament_id
       where t.id = wanted.id::uuid) w`,
    [JSON.stringify([...new Set(ids)])],
  );
  const byId = new Map((await composed(query, rows)).map((row) => [row.id, row]));
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
