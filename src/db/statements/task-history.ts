/** GET /tasks/{id}/history: every transition that is kept, oldest first, and the tasks that this one is run again by. */
import type { Query } from "../query.ts";

export type TaskHistory = {
  state: string;
  cancel_requested: boolean;
  parent_id: string | null;
  /** Runs of it with other arguments, the newest first; at most 100. */
  children: string[];
  history: { at: string; state: string; attempt: number; why: string; by?: string; code_version?: string | null }[];
};

const HISTORY = `
select state, cancel_requested, parent_id, history,
  array(select c.id from tasks c where c.parent_id = t.id order by c.id desc limit 100) as children
from tasks t where id = $1`;

export async function readHistory(query: Query, id: string): Promise<TaskHistory | null> {
  const [row] = await query<TaskHistory>(HISTORY, [id]);
  return row ?? null;
}
