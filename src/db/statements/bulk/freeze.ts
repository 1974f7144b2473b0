/** The dry run of a bulk job: stores the ids of the matching tasks and changes no task. */
import type { Query } from "../../query.ts";
import { type Condition, conditionOf, matchingIds, type TaskFilter } from "../tasks/filter.ts";
import { noUse } from "./no-use.ts";

export const BULK_ACTIONS = ["retry", "cancel", "delete"] as const;
export type BulkAction = (typeof BULK_ACTIONS)[number];
export const BULK_ITEMS_MAX = 100_000;

export interface BulkDraft {
  readonly id: string;
  readonly action: BulkAction;
  /** The filter or selection as the caller gave it. Reads of the job show it. */
  readonly asked: Record<string, unknown>;
  readonly args: Record<string, unknown>;
  readonly tokenHash: string;
  readonly by: string;
}

export interface Frozen {
  /** How many tasks match. Nothing is stored for 0, or for more than BULK_ITEMS_MAX. */
  readonly frozen: number;
  readonly by_state: Record<string, number>;
  /** How many of them a retry skips, because it can't help. 0 for another action. */
  readonly final: number;
  readonly sample: { task_id: string; name: string; state: string }[];
}

const freeze = (ids: string) => `
with ids as materialized (${ids}),
n as (select count(*)::int as frozen from ids),
job as (
  insert into bulk_jobs (id, action, filter, args, state, frozen, token, created_by)
  select $1::uuid, $2, $3::jsonb, $4::jsonb, 'dry_run', frozen, $5, $6 from n where frozen between 1 and ${BULK_ITEMS_MAX} returning id),
items as (insert into bulk_items (job_id, task_id) select job.id, ids.id from job, ids),
there as (
  select t.* from ids, job cross join lateral (
    select id, name, state, key, error->>'code' as code from tasks where tasks.id = ids.id) t)
select frozen,
  (select count(*)::int from there t left join rounds r on r.id = agonus_decided_round(t.key)
    where $2 = 'retry' and ${noUse("t", "r")} is not null) as final,
  (select coalesce(jsonb_object_agg(state, c), '{}') from (select state, count(*) as c from there group by state) s) as by_state,
  (select coalesce(jsonb_agg(jsonb_build_object('task_id', id, 'name', name, 'state', state) order by id desc), '[]')
    from (select * from there order by id desc limit 10) s) as sample
from n`;

export async function freezeBulk(
  query: Query,
  draft: BulkDraft,
  selection: { readonly filter: TaskFilter } | { readonly ids: readonly string[] },
): Promise<Frozen> {
  const condition: Condition =
    "ids" in selection
      ? { params: [[...selection.ids]], branches: [{ where: "id = any($8::uuid[])", gathered: true }] }
      : await conditionOf(query, selection.filter, 7);
  const [row] = await query<Frozen & Record<string, unknown>>(freeze(matchingIds(condition, "true", "$7")), [
    draft.id,
    draft.action,
    JSON.stringify(draft.asked),
    JSON.stringify(draft.args),
    draft.tokenHash,
    draft.by,
    BULK_ITEMS_MAX + 1,
    ...condition.params,
  ]);
  if (!row) throw new Error("the dry run said nothing");
  return row;
}
