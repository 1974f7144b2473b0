import type { Query } from "../../query.ts";

/** Folds the differences in task_counts and metric_deltas into one row for each key, so that sums stay cheap. */
export async function foldCounts(query: Query): Promise<void> {
  await query(`select agonus_fold_counts(), agonus_fold_metrics()`);
}
