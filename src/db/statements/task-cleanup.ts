/** Retention of tasks: see agonus_cleanup_tasks in the migrations. */
import type { Query } from "../query.ts";

export interface Cleaned {
  readonly partitions_dropped: number;
  readonly partitions_made: number;
  readonly moved: number;
  readonly deleted: number;
  readonly keys_deleted: number;
}

export async function cleanUpTasks(query: Query, successHours: number, failureHours: number): Promise<Cleaned> {
  const [row] = await query<{ cleaned: Cleaned }>(`select agonus_cleanup_tasks($1, $2) as cleaned`, [
    successHours,
    failureHours,
  ]);
  if (!row) throw new Error("the clean-up said nothing");
  return row.cleaned;
}
