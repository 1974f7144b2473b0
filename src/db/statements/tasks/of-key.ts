/**
 * The task that holds a key, as a part of statements that ask for many keys. Each task is looked up by its id, by itself.
 *
 * Left to choose, the planner may join keys and tasks first, and do so again for each entry. It does when its figures of
 * `task_keys` are older than the rows. Two thousand entries then read all tasks two thousand times, and no attempt ends in
 * time. `offset 0` takes that choice away.
 */

const byId = (key: string) => `(select * from tasks where tasks.id = ${key}.task_id offset 0)`;

/** Joins as `x` the task of the key row `k`. */
export const ITS_TASK = `cross join lateral ${byId("k")} x`;

/** At most one row, the task itself. `key` is an expression of the statement around it, which may name its rows as it likes. */
export const taskOf = (key: string): string =>
  `(select its_task.* from task_keys its_key cross join lateral ${byId("its_key")} its_task where its_key.key = ${key} offset 0)`;
