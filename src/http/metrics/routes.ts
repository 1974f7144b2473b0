/** GET /metrics: for scrapers, with a key or, where METRICS_OPEN says so, without one. */
import { Hono } from "hono";
import { queueNames } from "../../core/tasks/queues.ts";
import { readMetrics } from "../../db/statements/metrics/read.ts";
import { readRecoverySummary } from "../../db/statements/recoveries/summary.ts";
import { nowMs } from "../../db/statements/schedules/list-ticks.ts";
import { readClocks } from "../../db/statements/schedules/read-clocks.ts";
import { readScheduleStates } from "../../db/statements/schedules/states.ts";
import { schedules } from "../../tasks/schedules.ts";
import type { HttpEnv } from "../context.ts";
import { requireViewerOfMetrics } from "../session/rights.ts";
import { metricFamilies } from "./families.ts";
import { OPEN_METRICS_TYPE, renderOpenMetrics } from "./open-metrics.ts";

/** All agents. Every summary has its day and its week; no recovery is newer than infinity. */
const LAST_WEEK = { tournamentId: null, agentId: null, cause: null, since: "infinity" };

export const metricRoutes = new Hono<HttpEnv>().get("/metrics", requireViewerOfMetrics, async (c) => {
  const { query, backlog, codeVersion, tasks } = c.get("deps");
  const names = schedules.map((schedule) => schedule.name);
  const [rows, recoveries, clocks, states, now, messages] = await Promise.all([
    readMetrics(query, queueNames),
    readRecoverySummary(query, LAST_WEEK),
    readClocks(query),
    readScheduleStates(query, names),
    nowMs(query),
    // The other metrics are shown without the platform's counts.
    backlog().catch(() => ({})),
  ]);
  const text = renderOpenMetrics(
    metricFamilies({ rows, recoveries, tasks, clocks, states, nowMs: now, messages, codeVersion }),
  );
  return c.body(text, 200, { "content-type": OPEN_METRICS_TYPE });
});
