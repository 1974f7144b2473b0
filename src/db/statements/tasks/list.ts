/** GET /tasks: a page of tasks, the newest or the oldest first. No statement reads much more than what it finds. */
import type { Query } from "../../query.ts";
import { ABOUT, type TaskAbout } from "./about.ts";
import { composed, DECISION_KEYS, type Stored } from "./decided.ts";
import { type Condition, conditionOf, matchingIds, type Order, type TaskFilter } from "./filter.ts";
import type { TaskRow } from "./read.ts";

export type ListedTask = TaskRow & TaskAbout;

/** Rows that are looked through before the matches are gathered: enough to fill a page when one in forty matches. */
const NEAR_ROWS = 2000;
/** Above every UUIDv7, and below. */
const ENDS = {
  newest: "ffffffff-ffff-ffff-ffff-ffffffffffff",
  oldest: "00000000-0000-0000-0000-000000000000",
} as const;
const BEYOND = { newest: "id < $1", oldest: "id > $1" } as const;
const SORTED = { newest: "desc", oldest: "asc" } as const;

const COLUMNS = `t.id, t.name, t.queue, t.state, t.args, t.result, ${DECISION_KEYS}, t.error, t.attempt, t.max_attempts, t.progress, t.created_at,
  t.started_at, t.finished_at, (select number from rounds r where r.tournament_id = t.tournament_id and r.state = 'open') as open_round`;

/** The rows of these ids, each read by id from its own partition, and what each is about. `order` sorts by \`picked\` and \`t\`. */
export const rowsOf = (ids: string, order: string, more = ""): string => `
select ${COLUMNS}, ${ABOUT.columns}${more} from (${ids}) picked
cross join lateral (select * from tasks where tasks.id = picked.id) t ${ABOUT.joins} order by ${order}`;

function near(condition: Condition, order: Order): string {
  const where = condition.branches.map((branch) => `(${branch.where})`).join(" or ");
  const sorted = `order by id ${SORTED[order]}`;
  return rowsOf(
    `select id from (select * from tasks where ${BEYOND[order]} ${sorted} limit ${NEAR_ROWS}) nearest where ${where} ${sorted} limit $2`,
    `t.id ${SORTED[order]}`,
  );
}

/** Both statements of a list, as its test explains them. `$1` bounds the id, `$2` is the limit. */
export async function listStatements(query: Query, filter: TaskFilter, order: Order = "newest") {
  const condition = await conditionOf(query, filter, 2);
  const gathered = condition.branches.some((branch) => branch.gathered);
  return {
    params: condition.params,
    near: !condition.bulk && (gathered || condition.branches.length > 1) ? near(condition, order) : null,
    far: rowsOf(matchingIds(condition, BEYOND[order], "$2", order), `t.id ${SORTED[order]}`),
  };
}

/** `beyond`: the id to go on behind, null from the first on. */
export async function listTasks(
  query: Query,
  filter: TaskFilter,
  order: Order,
  beyond: string | null,
  limit: number,
): Promise<ListedTask[]> {
  const { params, near: nearText, far } = await listStatements(query, filter, order);
  const all = [beyond ?? ENDS[order], limit, ...params];
  if (nearText) {
    const rows = await query<Stored<ListedTask>>(nearText, all);
    if (rows.length === limit) return composed(query, rows);
  }
  const rows = await query<Stored<ListedTask>>(far, all);
  return composed(query, rows);
}
