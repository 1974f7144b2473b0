/**
 * GET /tasks?sort=runtime and -runtime: a page of the tasks that ran and ended, by the time from their first start to their
 * end. An index holds the runtimes by task name, so a list of all tasks merges the first rows of each name.
 */
import type { Query } from "../../query.ts";
import { composed, type Stored } from "./decided.ts";
import { type Condition, conditionOf, type TaskFilter } from "./filter.ts";
import { type ListedTask, rowsOf } from "./list.ts";

/** The slowest first, or the fastest. */
export type RuntimeOrder = "slowest" | "fastest";

/** The runtime of the last task that was listed, in microseconds, and its id. */
export interface RuntimeKey {
  readonly micros: number;
  readonly id: string;
}

export type TimedTask = ListedTask & { readonly micros: number };

/** Rows of each name that are looked through before the matches are gathered. */
const NEAR_ROWS = 1000;
const RAN = "(finished_at - started_at)";
const ENDED = "finished_at is not null and started_at is not null";

const DIRECTIONS = { slowest: { beyond: "<", sorted: "desc" }, fastest: { beyond: ">", sorted: "asc" } } as const;

/** `$1` and `$2` bound the runtime and the id (null: no bound), `$3` is the limit, `$4` the names of tasks that the filter allows. */
export async function runtimeStatements(query: Query, filter: TaskFilter, order: RuntimeOrder) {
  const names = await namesOf(query, filter);
  const { beyond, sorted } = DIRECTIONS[order];
  const bound = `($1::float8 is null or (${RAN}, id) ${beyond} (interval '1 microsecond' * $1::float8, $2::uuid))`;
  const first = (limit: string, where: string) => `
    select x.id, x.ran from unnest($4::text[]) n(name) cross join lateral (
      select id, ${RAN} as ran from tasks
      where tasks.name = n.name and ${ENDED} and ${bound} and ${where} order by ${RAN} ${sorted}, id ${sorted} limit ${limit}) x`;
  const rows = (ids: string) =>
    rowsOf(ids, `picked.ran ${sorted}, t.id ${sorted}`, ", (extract(epoch from picked.ran) * 1000000)::int8 as micros");
  const page = (ids: string) => rows(`select id, ran from (${ids}) f order by ran ${sorted}, id ${sorted} limit $3`);
  const condition = await conditionOf(query, { ...filter, name: null, queue: null }, 4);
  const queue = filter.queue === null ? "true" : `queue = $${condition.params.length + 5}`;
  const params = [names, ...condition.params, ...(filter.queue === null ? [] : [filter.queue])];
  if (isPlain(condition)) return { params, near: null, far: page(first("$3", queue)) };
  const where = `(${condition.branches.map((branch) => `(${branch.where})`).join(" or ")}) and ${queue}`;
  // The first rows of all names together are the first of all tasks. Only as many as one name gives are surely complete.
  const near = `select f.id, f.ran from (select id, ran from (${first(String(NEAR_ROWS), "true")}) a
    order by ran ${sorted}, id ${sorted} limit ${NEAR_ROWS}) f
    cross join lateral (select from tasks where tasks.id = f.id and ${where}) m`;
  return {
    params,
    near: page(near),
    far: page(gathered(condition, `${ENDED} and ${bound} and ${queue} and name = any($4)`)),
  };
}

/** Neither a bulk job's nor any other condition than name and queue. */
const isPlain = ({ branches, bulk }: Condition): boolean =>
  bulk === undefined && branches.length === 1 && branches[0]?.where === "true";

function gathered({ branches, bulk }: Condition, more: string): string {
  const where = branches.map((branch) => `(${branch.where})`).join(" or ");
  if (bulk) {
    return `select t.id, t.ran from bulk_items i cross join lateral (
      select id, ${RAN} as ran from tasks where tasks.id = i.task_id and (${where}) and ${more}) t where i.job_id = ${bulk}::uuid`;
  }
  const parts = branches.map((branch) => `select id, ${RAN} as ran from tasks where ${branch.where} and ${more}`);
  return `with hits as materialized (${parts.join(" union ")}) select id, ran from hits`;
}

async function namesOf(query: Query, { name, queue }: TaskFilter): Promise<string[]> {
  const rows = await query<{ name: string }>(
    "select distinct name from task_counts where ($1::text is null or name = $1) and ($2::text is null or queue = $2)",
    [name, queue],
  );
  return rows.map((row) => row.name);
}

/** `beyond`: the key to go on behind, null from the first on. */
export async function listByRuntime(
  query: Query,
  filter: TaskFilter,
  order: RuntimeOrder,
  beyond: RuntimeKey | null,
  limit: number,
): Promise<TimedTask[]> {
  const { params, near, far } = await runtimeStatements(query, filter, order);
  const all = [beyond?.micros ?? null, beyond?.id ?? null, limit, ...params];
  if (near) {
    const rows = await query<Stored<TimedTask>>(near, all);
    if (rows.length === limit) return composed(query, rows);
  }
  const rows = await query<Stored<TimedTask>>(far, all);
  return composed(query, rows);
}
