/** GET /tasks/{id}/history: every stored transition, oldest first, and the tasks that were made to run it again with other arguments. */
import type { Query } from "../../query.ts";
import { ABOUT, type TaskAbout } from "./about.ts";
import { COMPOSED } from "./decided.ts";

export type TaskHistory = TaskAbout & {
  state: string;
  cancel_requested: boolean;
  parent_id: string | null;
  /** The error group that it is in, when it has failed. */
  signature: string | null;
  /** The ids of the tasks that were made to run this one again with other arguments: newest first, at most 100. */
  children: string[];
  history: { at: string; state: string; attempt: number; why: string; by?: string; code_version?: string | null }[];
};

const HISTORY = `
select t.state, t.cancel_requested, t.parent_id, ${COMPOSED.history} as history, coalesce(t.signature, t.error->>'code') as signature,
  array(select c.id from tasks c where c.parent_id = t.id order by c.id desc limit 100) as children, ${ABOUT.columns}
from tasks t ${ABOUT.joins} where t.id = $1`;

export async function readHistory(query: Query, id: string): Promise<TaskHistory | null> {
  const [row] = await query<TaskHistory>(HISTORY, [id]);
  return row ?? null;
}
