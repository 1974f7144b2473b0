/** A bulk job's row: read, confirmed, aborted, resumed, ended. */
import type { Query } from "../query.ts";
import type { BulkAction } from "./bulk-freeze.ts";

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
  /** How often it went on after an abort. */
  resumes: number;
  /** It may go on: it was aborted, or the task that worked on it is gone. */
  resumable: boolean;
  /** The token of a dry run still holds. */
  fresh: boolean;
};

export const BULK_TOKEN_MINUTES = 15;
export const BULK_RESUME_DAYS = 6;

const FRESH = `(state = 'dry_run' and created_at > agonus_now() - interval '${BULK_TOKEN_MINUTES} minutes')`;
// What was aborted goes on while its ids are kept for certain: the clean-up takes them after 7 days.
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

/** The newest first; dry runs too. */
export async function listBulkJobs(query: Query, before: string | null, limit: number): Promise<BulkJob[]> {
  return query<BulkJob>(
    `select ${COLUMNS} from bulk_jobs where $1::uuid is null or id < $1 order by id desc limit $2`,
    [before, limit],
  );
}

/** The job of a token's hash, used up or not; null when the token never was one of this job. */
export async function bulkTokenHolds(query: Query, id: string, tokenHash: string): Promise<boolean> {
  return (await query(`select 1 from bulk_jobs where id = $1 and token = $2 and ${FRESH}`, [id, tokenHash])).length > 0;
}

/** Starts it, once. False: the token is used, dead or of another job. */
export async function confirmBulk(query: Query, id: string, tokenHash: string, taskId: string): Promise<boolean> {
  const rows = await query(
    `update bulk_jobs set state = 'running', token = null, started_at = agonus_now(), task_id = $3
     where id = $1 and token = $2 and ${FRESH} returning id`,
    [id, tokenHash, taskId],
  );
  return rows.length > 0;
}

/** False when it had ended already. What was done stays done. */
export async function abortBulk(query: Query, id: string): Promise<boolean> {
  const rows = await query(
    `update bulk_jobs set state = 'aborted', token = null, finished_at = agonus_now()
     where id = $1 and state in ('dry_run', 'running') returning id`,
    [id],
  );
  return rows.length > 0;
}

/**
 * Sets it running for the `resumes`-th time, with the task that goes on with it; true when this call did. It is asked for
 * by the request and by that task, whoever comes first: the number lets it happen once, so that an abort after it stands.
 */
export async function resumeBulk(query: Query, id: string, resumes: number, taskId: string): Promise<boolean> {
  const rows = await query(
    `update bulk_jobs set state = 'running', resumes = $2, task_id = $3, finished_at = null
     where id = $1 and resumes = $2::int - 1 and ${RESUMABLE} returning id`,
    [id, resumes, taskId],
  );
  return rows.length > 0;
}

// The job's end goes into the audit with it, or not at all.
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

/** How many items ended for each reason; those that were simply done have none. */
export async function bulkReasons(query: Query, id: string): Promise<Record<string, number>> {
  const rows = await query<{ why: string; n: number }>(
    `select why, count(*)::int as n from bulk_items where job_id = $1 and why is not null group by why order by n desc limit 50`,
    [id],
  );
  return Object.fromEntries(rows.map(({ why, n }) => [why, n]));
}
