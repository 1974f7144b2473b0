/** GET /tasks: a page of tasks, newest first. No statement reads much more than what it finds. */
import type { Query } from "../query.ts";
import type { TaskRow } from "./api-read-task.ts";
import { type Condition, conditionOf, matchingIds, type TaskFilter } from "./task-filter.ts";

/** Rows that are looked through before the matches are gathered: enough to fill a page when one in forty matches. */
const NEAR_ROWS = 2000;
/** Above every UUIDv7. */
const LAST_ID = "ffffffff-ffff-ffff-ffff-ffffffffffff";

const COLUMNS = `id, name, queue, state, args, result, error, attempt, max_attempts, progress, created_at, started_at,
  finished_at, (select number from rounds r where r.tournament_id = tasks.tournament_id and r.state = 'open') as open_round`;

// The rows themselves are read by id, each from its own partition.
const rowsOf = (ids: string) => `
select t.* from (${ids}) picked
cross join lateral (select ${COLUMNS} from tasks where tasks.id = picked.id) t order by t.id desc`;

function near(condition: Condition): string {
  const where = condition.branches.map((branch) => `(${branch.where})`).join(" or ");
  return rowsOf(`select id from (select * from tasks where id < $1 order by id desc limit ${NEAR_ROWS}) newest
    where ${where} order by id desc limit $2`);
}

/** Both statements of a list, as its test explains them. `$1` bounds the id, `$2` is the limit. */
export async function listStatements(query: Query, filter: TaskFilter) {
  const condition = await conditionOf(query, filter, 2);
  const gathered = condition.branches.some((branch) => branch.gathered);
  return {
    params: condition.params,
    near: gathered || condition.branches.length > 1 ? near(condition) : null,
    far: rowsOf(matchingIds(condition, "id < $1", "$2")),
  };
}

/** `before`: the id to go on behind, null from the newest on. */
export async function listTasks(
  query: Query,
  filter: TaskFilter,
  before: string | null,
  limit: number,
): Promise<TaskRow[]> {
  const { params, near: nearText, far } = await listStatements(query, filter);
  const all = [before ?? LAST_ID, limit, ...params];
  if (nearText) {
    const rows = await query<TaskRow>(nearText, all);
    if (rows.length === limit) return rows;
  }
  return query<TaskRow>(far, all);
}
