/**
 * Works on the next items of a bulk job. One statement changes the tasks, sets the items' outcomes and adds to the
 * job's counts, so a restarted job finds open exactly the items that were not done. The statement locks the job's row
 * and the items. Two runners of one job therefore take turns, and the second runner sees what the first one did.
 */
import type { Query } from "../../query.ts";
import { COMPOSED } from "../tasks/decided.ts";
import type { BulkAction } from "./freeze.ts";
import { noUse } from "./no-use.ts";

export interface Chunk {
  /** How many open items were taken. 0: all are done, the job no longer runs, or another runner has just done these. */
  readonly picked: number;
  /** Tasks that the caller must send now. */
  readonly waiting: { readonly id: string; readonly queue: string }[];
}

const FINISHED = `('SUCCESS', 'FAILURE', 'REVOKED')`;
const noted = (state: string, why: string) =>
  `agonus_history(${COMPOSED.history}, ${state}, t.attempt, '${why}', job.signed)`;

/**
 * A list instead of a join: PostgreSQL 18.0 to 18.5 crash on the join after the wait for a lock (docs/decisions.md,
 * 31).
 */
const IS_HERE = `t.id = any((select array_agg(id) from here where no_use is null)::uuid[])`;

/**
 * The rules are those for a single task (task-retry, task-cancel). Each statement changes the tasks of `here` that are
 * in a fitting state, and returns them.
 */
const effects: Readonly<Record<BulkAction, string>> = {
  retry: `
  update tasks t set state = 'PENDING', attempt = 0, lost_leases = 0, args = ${COMPOSED.args}, result = null, round = null, progress = null, signature = null, token = null,
    lease_until = null, cancel_requested = false, started_at = null, finished_at = null,
    due_at = agonus_now() + make_interval(secs => job.countdown),
    sent_at = case when job.countdown > 0 then null else agonus_now() end, sends = case when job.countdown > 0 then 0 else 1 end,
    history = ${noted("'PENDING'", "run again by a bulk job")}
  from job where ${IS_HERE} and t.state in ${FINISHED} and (t.key is null or exists (select from kept k where k.task_id = t.id))
  returning t.id, t.queue, job.countdown = 0 as send`,
  cancel: `
  update tasks t set cancel_requested = true, state = case when t.state = 'STARTED' then 'STARTED' else 'REVOKED' end,
    finished_at = case when t.state = 'STARTED' then null else agonus_now() end,
    history = case when t.cancel_requested then t.history else ${noted("case when t.state = 'STARTED' then 'STARTED' else 'REVOKED' end", "cancelled by a bulk job")} end
  from job where ${IS_HERE} and t.state not in ${FINISHED} returning t.id, t.queue, false as send`,
  delete: `
  delete from tasks t where ${IS_HERE} and t.state in ${FINISHED} returning t.id, t.queue, false as send`,
};

/** As in task-retry: a task that runs again takes its unique key back, unless another task holds the key. */
const KEPT = `kept as (
  insert into task_keys (key, task_id)
  select distinct on (key) key, id from here where key is not null and no_use is null and state in ${FINISHED} order by key, id desc
  on conflict (key) do update set task_id = excluded.task_id where task_keys.task_id = excluded.task_id returning task_id)`;

const RETRIED = `
  select h.id, h.state, h.key, ${noUse("h", "r")} as no_use
  from locked h left join rounds r on r.id = agonus_decided_round(h.key)`;

const chunk = (action: BulkAction) => `
with job as materialized (
  select id, created_by || ' (bulk ' || id || ') @ ' || $3::text as signed, coalesce((args->>'countdown')::float8, 0) as countdown
  from bulk_jobs where id = $1 and state = 'running' for no key update),
picked as materialized (
  select i.task_id from bulk_items i, job
  where i.job_id = job.id and i.outcome is null and ($4::uuid is null or i.task_id = $4) order by i.task_id limit $2
  for no key update of i),
locked as materialized (
  select t.id, t.state, t.key, t.error->>'code' as code from tasks t
  where t.id = any((select array_agg(task_id) from picked)::uuid[]) order by t.id for no key update),
here as materialized (${action === "retry" ? RETRIED : "select id, state, key, null as no_use from locked"}),
${action === "retry" ? `${KEPT},` : ""}
changed as (${effects[action]}),
${action === "delete" ? "unkeyed as (delete from task_keys k using here h join changed c on c.id = h.id where k.key = h.key and k.task_id = h.id)," : ""}
judged as (
  select p.task_id, case when c.id is null then 'skipped' else 'done' end as outcome,
    case when c.id is not null and '${action}' = 'cancel' and h.state = 'STARTED' then 'it runs: its heartbeat tells it'
      when c.id is not null then null
      when h.id is null then 'it is gone'
      when h.no_use is not null then h.no_use
      when '${action}' = 'retry' and h.state in ${FINISHED} then 'another task has its key now'
      else 'it is ' || h.state end as why
  from picked p left join here h on h.id = p.task_id left join changed c on c.id = p.task_id),
marked as (
  update bulk_items i set outcome = j.outcome, why = j.why from judged j where i.job_id = $1 and i.task_id = j.task_id and i.outcome is null
  returning i.outcome),
counted as (
  update bulk_jobs b set done = b.done + n.done, skipped = b.skipped + n.skipped
  from (select count(*) filter (where outcome = 'done')::int as done, count(*) filter (where outcome = 'skipped')::int as skipped
    from marked) n where b.id = $1 and n.done + n.skipped > 0)
select (select count(*)::int from picked) as picked,
  (select coalesce(jsonb_agg(jsonb_build_object('id', id, 'queue', queue)), '[]') from changed where send) as waiting`;

/** `codeVersion` is the runner's, for the tasks' histories. `only` limits the chunk to the item of that task. */
export async function runBulkChunk(
  query: Query,
  jobId: string,
  action: BulkAction,
  itemsMax: number,
  codeVersion: string,
  only: string | null = null,
): Promise<Chunk> {
  const [row] = await query<Chunk & Record<string, unknown>>(chunk(action), [jobId, itemsMax, codeVersion, only]);
  return row ?? { picked: 0, waiting: [] };
}

/** The task of the next open item. Null when no item is open. */
export async function nextBulkItem(query: Query, jobId: string): Promise<string | null> {
  const [row] = await query<{ task_id: string }>(
    "select task_id from bulk_items where job_id = $1 and outcome is null order by task_id limit 1",
    [jobId],
  );
  return row?.task_id ?? null;
}

// Another runner that met the same fault may have failed the item already. The job counts the failure once.
const FAIL = `
with job as materialized (select id from bulk_jobs where id = $1 and state = 'running' for no key update),
marked as (
  update bulk_items i set outcome = 'failed', why = $3 from job where i.job_id = job.id and i.task_id = $2 and i.outcome is null
  returning 1)
update bulk_jobs set failed = failed + 1 where id = $1 and exists (select from marked)`;

/** Marks an open item as failed, because the database refuses the change to its task. */
export async function failBulkItem(query: Query, jobId: string, taskId: string, why: string): Promise<void> {
  await query(FAIL, [jobId, taskId, why.slice(0, 200)]);
}
