/** POST /bulk: a dry run that freezes what it is about, then its confirmation by the token, or its abort. POST /bulk/{id}/resume, GET /bulk/{id}. */
import { Hono } from "hono";
import { z } from "zod";
import { sha256Hex } from "../core/canonical.ts";
import { CodedError } from "../core/error-codes.ts";
import { limits } from "../core/limits.ts";
import { BULK_ACTIONS, BULK_ITEMS_MAX, freezeBulk } from "../db/statements/bulk-freeze.ts";
import {
  abortBulk,
  type BulkJob,
  bulkReasons,
  bulkTokenHolds,
  confirmBulk,
  listBulkJobs,
  readBulkJob,
  resumeBulk,
} from "../db/statements/bulk-job.ts";
import { runBulkJob } from "../tasks/run-bulk-job.ts";
import { requireOperator } from "./auth.ts";
import type { HttpContext, HttpEnv } from "./context.ts";
import { uuidField } from "./fields.ts";
import { idOf, jsonBody, queryOf } from "./inputs.ts";
import { idKey, page, pageQuery, readCursor } from "./paging.ts";
import { begin } from "./queued.ts";
import { filterOf, isEmptyFilter, taskFilterBody } from "./task-filter.ts";
import { invalid } from "./validation.ts";

const OPERATOR = "operator";
const IDS_MAX = 20_000;
const LOOKS_MAX = 5;

/** One of the three forms; `bulkBody` says which fields exclude each other. */
export const bulkBody = z.strictObject({
  action: z.enum(BULK_ACTIONS).optional(),
  filter: taskFilterBody.optional(),
  ids: z.array(uuidField).max(IDS_MAX).optional(),
  args: z.strictObject({ countdown: z.number().min(0).max(limits.countdownSecondsMax).optional() }).optional(),
  token: z.string().max(200).optional(),
  bulk_id: uuidField.optional(),
  abort: z.literal(true).optional(),
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
  .get("/bulk", requireOperator, queryOf(pageQuery), async (c) => {
    const { limit, cursor } = c.req.valid("query");
    const before = readCursor(cursor, "bulk", idKey)?.[0] ?? null;
    const rows = await listBulkJobs(c.get("deps").query, before, limit + 1);
    return c.json(page(rows, limit, "bulk", (row) => [row.id], wireJob));
  })
  .get("/bulk/:id", requireOperator, idOf("bulk.not_found"), async (c) =>
    c.json(await jobOf(c, c.req.valid("param").id)),
  )
  /** One that goes on already, and is worked on, is answered the same. */
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
    throw invalid([{ path: "args.countdown", message: "goes together with retry alone" }]);
  }
  if ((filter === undefined) === (ids === undefined)) {
    throw invalid([{ path: "filter", message: "is required, or ids, and not both" }]);
  }
  const { query, newId } = c.get("deps");
  if (filter !== undefined && isEmptyFilter(filterOf(filter))) throw new CodedError("bulk.empty_filter");
  const id = newId();
  // 74 random bits that nobody is shown but the caller; the database keeps their hash.
  const token = `${id}.${newId()}`;
  const draft = {
    id,
    action,
    asked: filter ?? { ids: ids?.length },
    args,
    tokenHash: await sha256Hex(token),
    by: OPERATOR,
  };
  const selection = filter === undefined ? { ids: [...new Set(ids)] } : { filter: filterOf(filter) };
  const { frozen, sample, by_state } = await freezeBulk(query, draft, selection);
  if (frozen === 0) throw new CodedError("bulk.nothing_selected");
  if (frozen > BULK_ITEMS_MAX) throw new CodedError("bulk.too_many");
  return c.json({ bulk_id: id, token, action, frozen, by_state, sample });
}

/** The task comes first, under the job's key: a job that runs always has one, and a repeated call finds the same. */
async function confirm(c: HttpContext, token: string) {
  const deps = c.get("deps");
  const { query } = deps;
  const id = uuidField.safeParse(token.split(".")[0]);
  if (!id.success) throw new CodedError("bulk.bad_token");
  const tokenHash = await sha256Hex(token);
  if (!(await bulkTokenHolds(query, id.data, tokenHash))) {
    // The same request, under its Idempotency-Key, may have confirmed it without hearing of it.
    const before = (await readBulkJob(query, id.data))?.task_id;
    if (before && before === deps.reservedId) return queuedJob(c, id.data, before);
    throw new CodedError("bulk.bad_token");
  }
  const { taskId } = await begin(deps, runBulkJob, { bulk_id: id.data }, { by: OPERATOR });
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
 * As with the confirmation the task comes first, which sets the job running itself should this request go no further. Its
 * key has the number of the resumption: who asks at the same time finds the same task. One that was cancelled before it
 * began uses its number up, and the next look takes the next.
 */
async function resume(c: HttpContext, id: string) {
  const deps = c.get("deps");
  for (let look = 0; look < LOOKS_MAX; look++) {
    const job = await readBulkJob(deps.query, id);
    if (!job) throw new CodedError("bulk.not_found");
    // The same request, under its Idempotency-Key, may have done it without hearing of it.
    const mine = job.task_id !== null && job.task_id === deps.reservedId;
    if (job.task_id !== null && (mine || (job.state === "running" && !job.resumable))) {
      return queuedJob(c, id, job.task_id);
    }
    if (!job.resumable) throw refusal(job);
    const resumes = job.resumes + 1;
    const { taskId, inserted } = await begin(deps, runBulkJob, { bulk_id: id, resume: resumes }, { by: OPERATOR });
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
  return { ...wireJob(job), reasons: await bulkReasons(query, id) };
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
