/** How many tasks are in each state. The numbers are sums over task_counts; no task row is read. */
import type { Query } from "../../query.ts";

export const taskStates = ["PENDING", "STARTED", "RETRY", "SUCCESS", "FAILURE", "REVOKED"] as const;
export type TaskState = (typeof taskStates)[number];
export type TaskCounts = Record<TaskState, number>;

const COUNTS = `
select state, sum(tasks)::int8 as n from task_counts
where ($1::text is null or name = $1) and ($2::text is null or queue = $2) group by state`;

/** Every state is present, with 0 when no task has it. Exact, except while a day is being dropped. */
export async function countTasks(
  query: Query,
  of: { readonly name?: string | null; readonly queue?: string | null } = {},
): Promise<TaskCounts> {
  const rows = await query<{ state: TaskState; n: number }>(COUNTS, [of.name ?? null, of.queue ?? null]);
  const counts = { PENDING: 0, STARTED: 0, RETRY: 0, SUCCESS: 0, FAILURE: 0, REVOKED: 0 };
  for (const { state, n } of rows) counts[state] = Math.max(0, n);
  return counts;
}
