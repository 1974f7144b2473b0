/**
 * POST /bulk: a dry run freezes the selected tasks. A second call confirms the job by the token of its dry run, or aborts the
 * job by its id. Also GET /bulk, GET /bulk/{id} and POST /bulk/{id}/resume.
 */
import { Hono } from "hono";
import { z } from "zod";
import { CodedError } from "../../core/error-codes.ts";
import { limits } from "../../core/limits.ts";
import { sha256Hex } from "../../core/text/canonical.ts";
import { BULK_ACTIONS, BULK_ITEMS_MAX, freezeBulk } from "../../db/statements/bulk/freeze.ts";
import {
  abortBulk,
  type BulkJob,
  bulkOutcome,
  bulkReasons,
  bulkTokenHolds,
  confirmBulk,
  listBulkJobs,
  readBulkJob,
  resumeBulk,
} from "../../db/statements/bulk/job.ts";
import { runBulkJob } from "../../tasks/run-bulk-job.ts";
import type { HttpContext, HttpEnv } from "../context.ts";
import { booleanQuery, uuidField } from "../request/fields.ts";
import { idOf, jsonBody, queryOf } from "../request/inputs.ts";
import { ownId, pageFields, readPageById } from "../request/paging.ts";
import { invalid } from "../request/validation.ts";
import { actorOf } from "../session/caller.ts";
import { requireOperator, requireViewer } from "../session/rights.ts";
import { begin } from "../tasks/begin.ts";
import { filterOf, isEmptyFilter, taskFilterBody } from "../tasks/filter.ts";

const IDS_MAX = 20_000;
const RESUME_TRIES_MAX = 5;

/** One of the three forms; `bulkBody` says which fields exclude each other. */
const bulkBody = z.strictObject({
  action: z.enum(BULK_ACTIONS).optional(),
  filter: taskFilterBody.optional(),
  ids: z.array(uuidField).max(IDS_MAX).optional(),
  args: z.strictObject({ countdown: z.number().min(0).max(limits.countdownSecondsMax).optional() }).optional(),
  token: z.string().max(200).optional(),
  bulk_id: uuidField.optional(),
  abort: z.literal(true).optional(),
});
const bulkListQuery = z.strictObject({
  ...pageFields,
  /** Whether dry runs that were never confirmed are listed. */
  dry_runs: booleanQuery.default(false),
});
type BulkBody = z.output<typeof bulkBody>;

export const bulkRoutes = new Hono<HttpEnv>()
  .post("/bulk", requireOperator, jsonBody(bulkBody), async (c) => {
    const body = c.req.valid("json");
    if (body.token !== undefined) {
      only(body, ["token"]);
      return confirm(c, body.token);
    }
    if (body.abort !== undefined || body.bulk_id !== undefined) {
      only(body, ["bulk_id", "abort"]);
      if (body.abort === undefined) throw invalid([{ path: "abort", message: "is required" }]);
      if (body.bulk_id === undefined) throw invalid([{ path: "bulk_id", message: "is required" }]);
      return abort(c, body.bulk_id);
    }
    return dryRun(c, body);
  })
  .get("/bulk", requireViewer, queryOf(bulkListQuery), async (c) => {
    const { dry_runs: dryRuns, ...asked } = c.req.valid("query");
    const jobs = await readPageById(asked, {
      name: `bulk ${dryRuns}`,
      idOf: ownId,
      read: (before, rows) => listBulkJobs(c.get("deps").query, before, rows, dryRuns),
      toItem: wireJob,
    });
    return c.json(jobs);
  })
  .get("/bulk/:id", requireViewer, idOf("bulk.not_found"), async (c) => c.json(await jobOf(c, c.req.valid("param").id)))
  /** A job that is already running gets the same answer. */
  .post("/bulk/:id/resume", requireOperator, idOf("bulk.not_found"), (c) => resume(c, c.req.valid("param").id));

function only(body: BulkBody, names: readonly string[]): void {
  const others = Object.keys(body).filter((name) => !names.includes(name));
  if (others.length > 0) {
    throw invalid(others.map((path) => ({ path, message: `does not go together with ${names.join(" and ")}` })));
  }
}

async function dryRun(c: HttpContext, { action, filter, ids, args = {} }: BulkBody) {
  if (action === undefined) throw invalid([{ path: "action", message: "is required" }]);
  if (args.countdown !== undefined && action !== "retry") {
    throw invalid([{ path: "args.countdown", message: "is only for the action retry" }]);
  }
  if ((filter === undefined) === (ids === undefined)) {
    throw invalid([{ path: "filter", message: "or ids is required, and not both" }]);
  }
  const { query, newId, newToken } = c.get("deps");
  const wanted = filter === undefined ? null : await filterOf(query, filter);
  if (wanted !== null && isEmptyFilter(wanted)) throw new CodedError("bulk.empty_filter");
  const id = newId();
  // Nobody is shown it but the caller; the database keeps its hash.
  const token = `${id}.${newToken()}`;
  const draft = {
    id,
    action,
    asked: filter ?? { ids: ids?.length },
    args,
    tokenHash: await sha256Hex(token),
    by: actorOf(c),
  };
  const selection = wanted === null ? { ids: [...new Set(ids)] } : { filter: wanted };
  const { frozen, sample, by_state, final } = await freezeBulk(query, draft, selection);
  if (frozen === 0) throw new CodedError("bulk.nothing_selected");
  if (frozen > BULK_ITEMS_MAX) throw new CodedError("bulk.too_many");
  return c.json({ bulk_id: id, token, action, frozen, by_state, final, sample });
}

/** Enqueues the task before the job runs, under the job's key: a running job has a task, and a repeat finds the same one. */
async function confirm(c: HttpContext, token: string) {
  const deps = c.get("deps");
  const { query } = deps;
  const id = uuidField.safeParse(token.split(".")[0]);
  if (!id.success) throw new CodedError("bulk.bad_token");
  const tokenHash = await sha256Hex(token);
  if (!(await bulkTokenHolds(query, id.data, tokenHash))) {
    // An earlier try of this request, under the same Idempotency-Key, may have confirmed the job and lost its answer.
    const before = (await readBulkJob(query, id.data))?.task_id;
    if (before && before === deps.reservedId) return queuedJob(c, id.data, before);
    throw new CodedError("bulk.bad_token");
  }
  const { taskId } = await begin(deps, runBulkJob, { bulk_id: id.data }, { by: actorOf(c) });
  if (!(await confirmBulk(query, id.data, tokenHash, taskId))) throw new CodedError("bulk.bad_token");
  return queuedJob(c, id.data, taskId);
}

async function abort(c: HttpContext, id: string) {
  const stopped = await abortBulk(c.get("deps").query, id);
  const job = await jobOf(c, id);
  if (!stopped) throw new CodedError("bulk.finished", `The bulk job is ${job.state}.`);
  return c.json(job);
}

/**
 * Enqueues the task first, like the confirmation: should this request stop here, the task itself sets the job running. The
 * task's key has the number of the resumption, so concurrent requests find the same task. A task that was cancelled before
 * it began uses its number up, and the next try takes the next number.
 */
async function resume(c: HttpContext, id: string) {
  const deps = c.get("deps");
  for (let tries = 0; tries < RESUME_TRIES_MAX; tries++) {
    const job = await readBulkJob(deps.query, id);
    if (!job) throw new CodedError("bulk.not_found");
    // An earlier try of this request, under the same Idempotency-Key, may have resumed the job and lost its answer.
    const mine = job.task_id !== null && job.task_id === deps.reservedId;
    if (job.task_id !== null && (mine || (job.state === "running" && !job.resumable))) {
      return queuedJob(c, id, job.task_id);
    }
    if (!job.resumable) throw refusal(job);
    const resumes = job.resumes + 1;
    const { taskId, inserted } = await begin(deps, runBulkJob, { bulk_id: id, resume: resumes }, { by: actorOf(c) });
    await resumeBulk(deps.query, id, resumes, taskId);
    if (inserted !== false) return queuedJob(c, id, taskId);
  }
  throw new Error(`the bulk job ${id} is resumed and aborted all the time`);
}

function refusal({ state, started_at }: BulkJob): CodedError {
  if (state === "done") return new CodedError("bulk.finished", "The bulk job is done.");
  return new CodedError(started_at === null ? "bulk.not_confirmed" : "bulk.too_old");
}

function queuedJob(c: HttpContext, id: string, taskId: string) {
  c.header("location", `/bulk/${id}`);
  return c.json({ bulk_id: id, task_id: taskId, status: "queued" as const }, 202);
}

async function jobOf(c: HttpContext, id: string) {
  const { query } = c.get("deps");
  const job = await readBulkJob(query, id);
  if (!job) throw new CodedError("bulk.not_found");
  const [reasons, outcome] = await Promise.all([bulkReasons(query, id), bulkOutcome(query, id)]);
  return { ...wireJob(job), reasons, outcome };
}

function wireJob({ id, created_by, fresh, ...job }: BulkJob) {
  return {
    bulk_id: id,
    ...job,
    progress: (job.done + job.skipped + job.failed) / job.frozen,
    by: created_by,
    confirmable: fresh,
  };
}
