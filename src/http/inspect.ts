/** GET /inspect/active · scheduled · reserved · stats · registered · schedules. Operators only. */
import { Hono } from "hono";
import { z } from "zod";
import { queueNames } from "../core/message.ts";
import { maxAttempts, type RetryPolicy, retryDelayMs } from "../core/retry.ts";
import { readClocks } from "../db/statements/api-read-clocks.ts";
import { activeTasks, allCounts, countAllPrevented, waitingTasks } from "../db/statements/inspect.ts";
import { recentTasks } from "../db/statements/recent-tasks.ts";
import { taskStates } from "../db/statements/task-counts.ts";
import { readThroughput, readThroughputHistory } from "../db/statements/throughput.ts";
import type { TaskDefinition } from "../tasks/define.ts";
import { requireOperator } from "./auth.ts";
import type { HttpContext, HttpEnv } from "./context.ts";
import { queryOf } from "./inputs.ts";
import { idKey, page, pageFields, readCursor } from "./paging.ts";

export const inspectQuery = z.strictObject({ ...pageFields, queue: z.enum(queueNames).optional() });
const dueKey = z.tuple([z.iso.datetime(), z.guid()]);

export const inspectRoutes = new Hono<HttpEnv>()
  .get("/inspect/active", requireOperator, queryOf(inspectQuery), async (c) => {
    const { limit, cursor, queue = null } = c.req.valid("query");
    const list = `inspect active ${queue ?? ""}`;
    const after = readCursor(cursor, list, idKey)?.[0] ?? null;
    const rows = await activeTasks(c.get("deps").query, queue, after, limit + 1);
    return c.json(
      page(
        rows,
        limit,
        list,
        (row) => [row.task_id],
        (row) => row,
      ),
    );
  })
  .get("/inspect/scheduled", requireOperator, queryOf(inspectQuery), (c) =>
    listWaiting(c, "scheduled", c.req.valid("query")),
  )
  .get("/inspect/reserved", requireOperator, queryOf(inspectQuery), (c) =>
    listWaiting(c, "reserved", c.req.valid("query")),
  )
  .get("/inspect/stats", requireOperator, async (c) => {
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
      /** Of the tasks that are kept: see the retention. */
      states,
      tasks: counts,
      throughput: throughput.map(({ minutes, finished, seconds }) => ({
        minutes,
        finished,
        /** The notes are a minute apart: over so long it was counted. */
        over_seconds: Math.round(seconds),
        per_minute: seconds > 0 ? Math.round((finished / seconds) * 6000) / 100 : null,
      })),
      /** Of the last hour, note by note. */
      history,
      prevented,
      clocks: { cron: { age_seconds: clocks.cron }, beat: { age_seconds: clocks.beat } },
      recent,
    });
  })
  .get("/inspect/registered", requireOperator, (c) => {
    const items = Object.values(c.get("deps").tasks).map(wireDefinition);
    return c.json({ items, next_cursor: null });
  });

async function listWaiting(c: HttpContext, which: "scheduled" | "reserved", asked: z.output<typeof inspectQuery>) {
  const { limit, cursor, queue = null } = asked;
  const list = `inspect ${which} ${queue ?? ""}`;
  const after = readCursor(cursor, list, dueKey);
  const rows = await waitingTasks(c.get("deps").query, which, queue, after, limit + 1);
  return c.json(
    page(
      rows,
      limit,
      list,
      (row) => [row.due_at, row.task_id],
      (row) => row,
    ),
  );
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
      /** Before each retry, without what chance adds. */
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
