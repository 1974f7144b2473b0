/** GET /inspect/active · scheduled · reserved · stats · registered · schedules. Operators only. */
import { Hono } from "hono";
import { z } from "zod";
import { queueNames } from "../../core/tasks/queues.ts";
import { maxAttempts, type RetryPolicy, retryDelayMs } from "../../core/tasks/retry.ts";
import { taskStates } from "../../db/statements/metrics/task-counts.ts";
import { readThroughput, readThroughputHistory } from "../../db/statements/metrics/throughput.ts";
import { readClocks } from "../../db/statements/schedules/read-clocks.ts";
import { activeTasks, allCounts, countAllPrevented, waitingTasks } from "../../db/statements/tasks/inspect.ts";
import { recentTasks } from "../../db/statements/tasks/recent.ts";
import type { TaskDefinition } from "../../engine/task.ts";
import type { HttpContext, HttpEnv } from "../context.ts";
import { queryOf } from "../request/inputs.ts";
import { pageFields, readPage, readPageById, unchanged } from "../request/paging.ts";
import { requireViewer } from "../session/rights.ts";

export const inspectQuery = z.strictObject({ ...pageFields, queue: z.enum(queueNames).optional() });
const dueKey = z.tuple([z.iso.datetime(), z.guid()]);

export const inspectRoutes = new Hono<HttpEnv>()
  .get("/inspect/active", requireViewer, queryOf(inspectQuery), async (c) => {
    const { queue = null, ...asked } = c.req.valid("query");
    const active = await readPageById(asked, {
      name: `inspect active ${queue ?? ""}`,
      idOf: (row: { readonly task_id: string }) => row.task_id,
      read: (after, rows) => activeTasks(c.get("deps").query, queue, after, rows),
      toItem: unchanged,
    });
    return c.json(active);
  })
  .get("/inspect/scheduled", requireViewer, queryOf(inspectQuery), (c) =>
    listWaiting(c, "scheduled", c.req.valid("query")),
  )
  .get("/inspect/reserved", requireViewer, queryOf(inspectQuery), (c) =>
    listWaiting(c, "reserved", c.req.valid("query")),
  )
  .get("/inspect/stats", requireViewer, async (c) => {
    const { query } = c.get("deps");
    const [counts, recent, throughput, history, prevented, clocks] = await Promise.all([
      allCounts(query),
      recentTasks(query),
      readThroughput(query),
      readThroughputHistory(query),
      countAllPrevented(query),
      readClocks(query),
    ]);
    const states = Object.fromEntries(taskStates.map((state) => [state, 0]));
    for (const { state, tasks } of counts) states[state] = (states[state] ?? 0) + tasks;
    return c.json({
      /** Counts the stored tasks. Retention removes finished ones. */
      states,
      tasks: counts,
      throughput: throughput.map(({ minutes, finished, seconds }) => ({
        minutes,
        finished,
        /** Counts are stored once a minute, so the counted span differs from `minutes`. */
        over_seconds: Math.round(seconds),
        per_minute: seconds > 0 ? Math.round((finished / seconds) * 6000) / 100 : null,
      })),
      /** The last hour, one stored count after another. */
      history,
      prevented,
      clocks: { cron: { age_seconds: clocks.cron }, beat: { age_seconds: clocks.beat } },
      recent,
    });
  })
  .get("/inspect/registered", requireViewer, (c) => {
    const items = Object.values(c.get("deps").tasks).map(wireDefinition);
    return c.json({ items, next_cursor: null });
  });

async function listWaiting(c: HttpContext, which: "scheduled" | "reserved", asked: z.output<typeof inspectQuery>) {
  const { queue = null } = asked;
  const waiting = await readPage(asked, {
    name: `inspect ${which} ${queue ?? ""}`,
    key: dueKey,
    keyOf: (row: { readonly due_at: string; readonly task_id: string }) => [row.due_at, row.task_id],
    read: (after, rows) => waitingTasks(c.get("deps").query, which, queue, after, rows),
    toItem: unchanged,
  });
  return c.json(waiting);
}

function wireDefinition({ name, description, queue, args, result, retry, ...task }: TaskDefinition) {
  return {
    name,
    description,
    queue,
    args: z.toJSONSchema(args, { io: "input", unrepresentable: "any" }),
    result: z.toJSONSchema(result, { unrepresentable: "any" }),
    retry: {
      retries: retry.retries,
      max_attempts: maxAttempts(retry),
      /** The delay before each retry, without its jitter. */
      delays_seconds: delaysOf(retry),
      base_seconds: retry.baseSeconds,
      factor: retry.factor,
      cap_seconds: retry.capSeconds,
      jitter_fraction: retry.jitterFraction,
      never: retry.never,
    },
    soft_limit_seconds: task.softLimitSeconds,
    hard_limit_seconds: task.hardLimitSeconds,
    unique: task.key !== undefined,
    /** What its unique key stands for. */
    key_in_words: task.keyInWords ?? null,
  };
}

function delaysOf(policy: RetryPolicy): number[] {
  const passing = { ...policy, never: [] };
  return Array.from({ length: policy.retries }, (_, n) => (retryDelayMs(passing, n + 1, "task.failed", 0) ?? 0) / 1000);
}
