/** GET /queues, PATCH /queues/{name}, POST /queues/{name}/pause · resume. Operators only. */
import { Hono } from "hono";
import { z } from "zod";
import { CodedError } from "../../core/error-codes.ts";
import { limits } from "../../core/limits.ts";
import { type QueueName, queueNames } from "../../core/tasks/queues.ts";
import { limitQueue, pauseQueue, resumeQueue, roundsToSend } from "../../db/statements/queues/control.ts";
import { COUNT_MAX, type QueueDepth, queueDepths, SEEN_SECONDS } from "../../db/statements/queues/depths.ts";
import type { HttpContext, HttpEnv } from "../context.ts";
import type { HttpDeps } from "../deps.ts";
import { jsonBody, optionalJsonBody, pathOf } from "../request/inputs.ts";
import { actorOf } from "../session/caller.ts";
import { requireOperator, requireViewer } from "../session/rights.ts";
import { wake } from "../wake.ts";

const queuePauseBody = z.strictObject({ reason: z.string().trim().min(1).max(500).optional() });
const queuePatchBody = z.strictObject({
  /** How many of its tasks run at once, over all consumers; null for no limit of ours. */
  max_running: z.number().int().min(1).max(10_000).nullable(),
});

export const queueOf = pathOf((c) => {
  const name = queueNames.find((known) => known === c.req.param("name"));
  if (name) return { name };
  throw new CodedError("queue.not_found", `There is no such queue: ${queueNames.join(", ")}.`);
});

function wireQueue(row: QueueDepth, backlog: Awaited<ReturnType<HttpDeps["backlog"]>>) {
  const waits = row.waiting > 0 && row.paused_at === null;
  return {
    name: row.queue,
    paused: row.paused_at ? { since: row.paused_at, by: row.paused_by, reason: row.pause_reason } : null,
    max_running: row.max_running,
    running: row.running,
    /** Due and not running. A count of COUNT_MAX means "at least". */
    waiting: row.waiting,
    scheduled: row.scheduled,
    counted_up_to: COUNT_MAX,
    oldest_waiting_seconds: row.oldest_waiting_seconds,
    /** The platform's count of messages; null where it gives none. Rows are the truth: a message only wakes a consumer. */
    platform_backlog: backlog[row.queue] ?? null,
    dead_letters: {
      total: row.dead_letters,
      to_redrive: row.dead_letters_open,
      unreadable: row.dead_letters_unreadable,
    },
    consumers_seen: row.consumers_seen,
    consumers_alive: row.consumers_alive,
    warning:
      waits && row.consumers_seen === 0
        ? `Tasks wait, and no consumer of this queue was seen in the last ${SEEN_SECONDS} s.`
        : null,
    limits: { ids_a_message: limits.messageIdsMax, delay_seconds: limits.queueDelaySecondsMax },
  };
}

async function wireAll(c: HttpContext, names: readonly QueueName[]) {
  const deps = c.get("deps");
  const [rows, backlog] = await Promise.all([queueDepths(deps.query, names), deps.backlog()]);
  return rows.map((row) => wireQueue(row, backlog));
}

async function wireOne(c: HttpContext, name: QueueName) {
  const [item] = await wireAll(c, [name]);
  return c.json(item);
}

/** How often one resume sends. The sweeps send the rest. */
const SENDS_MAX = 10;

export const queueRoutes = new Hono<HttpEnv>()
  .get("/queues", requireViewer, async (c) => c.json({ items: await wireAll(c, queueNames), next_cursor: null }))
  .patch("/queues/:name", requireOperator, queueOf, jsonBody(queuePatchBody), async (c) => {
    const { name } = c.req.valid("param");
    const { max_running } = c.req.valid("json");
    const { query, sendOwed } = c.get("deps");
    await limitQueue(query, name, max_running);
    await sendOwed();
    return wireOne(c, name);
  })
  .post("/queues/:name/pause", requireOperator, queueOf, optionalJsonBody(queuePauseBody), async (c) => {
    const { name } = c.req.valid("param");
    const { reason } = c.req.valid("json");
    await pauseQueue(c.get("deps").query, name, actorOf(c), reason ?? null);
    return wireOne(c, name);
  })
  /** Sends at once what the pause held back: tasks by their rows, decisions and fills by their rounds. */
  .post("/queues/:name/resume", requireOperator, queueOf, async (c) => {
    const { name } = c.req.valid("param");
    const deps = c.get("deps");
    if (await resumeQueue(deps.query, name)) {
      for (let sends = 0; sends < SENDS_MAX && (await deps.sendOwed()) >= limits.sweepRowsMax; ) sends++;
      for (const tournamentId of await roundsToSend(deps.query, name)) await wake(deps, tournamentId);
    }
    return wireOne(c, name);
  });
