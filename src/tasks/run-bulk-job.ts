/** Does to each frozen task what a confirmed bulk job asks for. It may end and start anywhere: open items say what is left. */
import { z } from "zod";
import { chunk } from "../core/chunk.ts";
import { limits } from "../core/limits.ts";
import { queueNames } from "../core/tasks/queues.ts";
import { defaultRetry } from "../core/tasks/retry.ts";
import { databaseFault, sqlState } from "../db/errors.ts";
import { BULK_ACTIONS } from "../db/statements/bulk/freeze.ts";
import { type BulkJob, finishBulk, readBulkJob, resumeBulk } from "../db/statements/bulk/job.ts";
import { type Chunk, failBulkItem, nextBulkItem, runBulkChunk } from "../db/statements/bulk/run-chunk.ts";
import type { Outcome } from "../engine/task.ts";
import { describeError } from "../log.ts";
import { defineTask, type TaskPorts } from "./define.ts";

const CHUNK_ITEMS = 500;
const bulkResult = z.object({
  bulk_id: z.uuid(),
  action: z.enum(BULK_ACTIONS),
  frozen: z.number().int(),
  done: z.number().int(),
  skipped: z.number().int(),
  failed: z.number().int(),
});
type BulkResult = z.infer<typeof bulkResult>;

export const runBulkJob = defineTask({
  name: "run_bulk_job",
  description:
    "Retries, cancels or deletes the tasks that a confirmed bulk job has frozen. An aborted job goes on when an operator resumes it.",
  returns: "`bulk_id`, `action`, `frozen`, `done`, `skipped`, `failed`.",
  keyInWords: "The bulk job and the number of its resumptions.",
  queue: "recovery",
  args: z
    .object({
      bulk_id: z.uuid(),
      /** The number of this resumption. Absent in the first run, which the confirmation starts. */
      resume: z.number().int().min(1).optional(),
    })
    .strict(),
  result: bulkResult,
  retry: defaultRetry,
  softLimitSeconds: limits.softLimitSeconds,
  hardLimitSeconds: limits.hardLimitSeconds,
  key: ({ bulk_id, resume }) => (resume === undefined ? `bulk:${bulk_id}` : `bulk:${bulk_id}:${resume}`),
  async run({ bulk_id, resume }, ports, attempt) {
    if (resume !== undefined) await resumeBulk(ports.query, bulk_id, resume, attempt.taskId);
    const job = await readBulkJob(ports.query, bulk_id);
    if (!job) return { kind: "cancel", reason: "there is no such bulk job" };
    // It is enqueued right before it is confirmed, so that a confirmed job always has its task.
    if (job.state === "dry_run") {
      return job.fresh
        ? { kind: "snooze", afterMs: 2000, reason: "the job is not confirmed yet" }
        : { kind: "cancel", reason: "the job was not confirmed in time" };
    }
    let worked = job.done + job.skipped + job.failed;
    // One by one after a chunk that the database refused, to find the item at fault.
    let alone = 0;
    while (!attempt.signal.aborted) {
      const step = await stepOf(ports, job, alone > 0 ? 1 : CHUNK_ITEMS);
      if (step === "refused") {
        alone = CHUNK_ITEMS;
        continue;
      }
      if (step.picked === 0) {
        const ended = await ending(ports, bulk_id);
        if (ended) return ended;
        continue;
      }
      alone = Math.max(0, alone - 1);
      worked += step.picked;
      attempt.progress(worked / job.frozen);
      await send(ports, step.waiting);
    }
    return { kind: "snooze", afterMs: 1000, reason: "it ran for long: the rest comes next" };
  },
});

async function stepOf(ports: TaskPorts, job: BulkJob, items: number): Promise<Chunk | "refused"> {
  const only = items === 1 ? await nextBulkItem(ports.query, job.id) : null;
  try {
    return await runBulkChunk(ports.query, job.id, job.action, items, ports.codeVersion, only);
  } catch (error) {
    if (sqlState(error) === null || databaseFault(error) !== "bad_row") throw error;
    if (only === null) return "refused";
    await failBulkItem(ports.query, job.id, only, describeError(error).error);
    return { picked: 1, waiting: [] };
  }
}

/** Null: some items are still open, because a rival run let them go. */
async function ending(ports: TaskPorts, id: string): Promise<Outcome<BulkResult> | null> {
  await finishBulk(ports.query, id, ports.newId());
  const job = await readBulkJob(ports.query, id);
  if (!job || job.state === "aborted") return { kind: "cancel", reason: "the bulk job was aborted" };
  if (job.state === "running") return null;
  const { action, frozen, done, skipped, failed } = job;
  return { kind: "success", result: { bulk_id: id, action, frozen, done, skipped, failed } };
}

/** A send that fails loses nothing: the sweep sends what is owed. */
async function send(ports: TaskPorts, waiting: Chunk["waiting"]): Promise<void> {
  for (const queue of queueNames) {
    const ids = waiting.filter((task) => task.queue === queue).map((task) => task.id);
    const messages = chunk(ids, limits.messageIdsMax).map((task_ids) => ({ type: "tasks" as const, task_ids }));
    if (messages.length > 0) await ports.send(queue, messages);
  }
}
