/** A bulk job's row: read, confirmed, aborted, resumed, ended. */
import type { Query } from "../../query.ts";
import type { BulkAction } from "./freeze.ts";

export type BulkJob = {
  id: string;
  action: BulkAction;
  filter: Record<string, unknown>;
  args: { countdown?: number };
  state: "dry_run" | "running" | "done" | "aborted";
  frozen: number;
  done: number;
  skipped: number;
  failed: number;
  created_by: string;
  created_at: string;
  started_at: string | null;
  finished_at: string | null;
  task_id: string | null;
  /** How often the job was resumed. */
  resumes: number;
  /** True when the job may go on: it was aborted, or its task has ended or no longer exists. */
  resumable: boolean;
  /** True while the dry run's token is valid. */
  fresh: boolean;
};

const BULK_TOKEN_MINUTES = 15;
export const BULK_RESUME_DAYS = 6;

const FRESH = `(state = 'dry_run' and created_at > agonus_now() - interval '${BULK_TOKEN_MINUTES} minutes')`;
// The clean-up deletes an ended job's ids after 7 days, so an aborted job can be resumed for 6 days.
const RESUMABLE = `(started_at is not null and (
  (state = 'aborted' and finished_at > agonus_now() - interval '${BULK_RESUME_DAYS} days')
  or (state = 'running' and not exists (
    select from tasks t where t.id = bulk_jobs.task_id and t.state in ('PENDING', 'RETRY', 'STARTED')))))`;
const COLUMNS = `id, action, filter, args, state, frozen, done, skipped, failed, created_by, created_at, started_at, finished_at,
  task_id, resumes, ${RESUMABLE} as resumable, ${FRESH} as fresh`;

export async function readBulkJob(query: Query, id: string): Promise<BulkJob | null> {
  const [row] = await query<BulkJob>(`select ${COLUMNS} from bulk_jobs where id = $1`, [id]);
  return row ?? null;
}

/** The newest first. `dryRuns`: those that were never confirmed too. */
export async function listBulkJobs(
  query: Query,
  before: string | null,
  limit: number,
  dryRuns: boolean,
): Promise<BulkJob[]> {
  return query<BulkJob>(
    `select ${COLUMNS} from bulk_jobs where ($1::uuid is null or id < $1) and ($3 or started_at is not null) order by id desc limit $2`,
    [before, limit, dryRuns],
  );
}

/** So many tasks of a job are looked at for what became of them. */
const BULK_LOOKED_AT = 5000;

export interface BulkOutcome {
  /** How many tasks that the job has done something with were looked at. */
  readonly looked_at: number;
  /** Their states now. Tasks that are gone are left out. */
  readonly states: Readonly<Record<string, number>>;
}

/** What became of the tasks that the job has done something with: of the first BULK_LOOKED_AT. */
export async function bulkOutcome(query: Query, id: string): Promise<BulkOutcome> {
  const [row] = await query<BulkOutcome & Record<string, unknown>>(
    `with touched as materialized (
       select task_id from bulk_items where job_id = $1 and outcome = 'done' order by task_id limit ${BULK_LOOKED_AT}),
     states as (
       select t.state, count(*)::int as n from touched cross join lateral (
         select state from tasks where tasks.id = touched.task_id) t group by 1)
     select (select count(*)::int from touched) as looked_at,
       (select coalesce(jsonb_object_agg(state, n), '{}') from states) as states`,
    [id],
  );
  return row ?? { looked_at: 0, states: {} };
}

/** True while the token can confirm this job: the token is this job's, unused and not too old. */
export async function bulkTokenHolds(query: Query, id: string, tokenHash: string): Promise<boolean> {
  return (await query(`select 1 from bulk_jobs where id = $1 and token = $2 and ${FRESH}`, [id, tokenHash])).length > 0;
}

/** Starts the job, once. False when the token is used, too old or another job's. */
export async function confirmBulk(query: Query, id: string, tokenHash: string, taskId: string): Promise<boolean> {
  const rows = await query(
    `update bulk_jobs set state = 'running', token = null, started_at = agonus_now(), task_id = $3
     where id = $1 and token = $2 and ${FRESH} returning id`,
    [id, tokenHash, taskId],
  );
  return rows.length > 0;
}

/** False when the job had ended already. Items that are done stay done. */
export async function abortBulk(query: Query, id: string): Promise<boolean> {
  const rows = await query(
    `update bulk_jobs set state = 'aborted', token = null, finished_at = agonus_now()
     where id = $1 and state in ('dry_run', 'running') returning id`,
    [id],
  );
  return rows.length > 0;
}

/**
 * Sets the job running for the `resumes`-th time, with `taskId` as its task. Both the request and that task call this
 * function. Only the first call with a number returns true, so a later abort is not undone.
 */
export async function resumeBulk(query: Query, id: string, resumes: number, taskId: string): Promise<boolean> {
  const rows = await query(
    `update bulk_jobs set state = 'running', resumes = $2, task_id = $3, finished_at = null
     where id = $1 and resumes = $2::int - 1 and ${RESUMABLE} returning id`,
    [id, resumes, taskId],
  );
  return rows.length > 0;
}

// One statement ends the job and audits the end, so neither happens alone.
const FINISH = `
with ended as (
  update bulk_jobs set state = 'done', finished_at = agonus_now()
  where id = $1 and state = 'running' and not exists (select from bulk_items where job_id = $1 and outcome is null)
  returning id, action, frozen, done, skipped, failed, created_by)
insert into audit (id, actor, action, target, details)
select $2::uuid, created_by || ' (bulk ' || id || ')', 'bulk.' || action, id,
  jsonb_build_object('frozen', frozen, 'done', done, 'skipped', skipped, 'failed', failed) from ended`;

export async function finishBulk(query: Query, id: string, auditId: string): Promise<void> {
  await query(FINISH, [id, auditId]);
}

/** How many items ended for each reason. An item that was simply done has no reason. */
export async function bulkReasons(query: Query, id: string): Promise<Record<string, number>> {
  const rows = await query<{ why: string; n: number }>(
    `select why, count(*)::int as n from bulk_items where job_id = $1 and why is not null group by why order by n desc limit 50`,
    [id],
  );
  return Object.fromEntries(rows.map(({ why, n }) => [why, n]));
}
