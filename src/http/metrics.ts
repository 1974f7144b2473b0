/** GET /metrics: for scrapers, with the operator key or, where METRICS_OPEN says so, without one. */
import { Hono } from "hono";
import { queueNames } from "../core/message.ts";
import { nowMs } from "../db/statements/api-list-ticks.ts";
import { readMetrics } from "../db/statements/api-metrics.ts";
import { readClocks } from "../db/statements/api-read-clocks.ts";
import { readRecoverySummary } from "../db/statements/recovery-summary.ts";
import { readScheduleStates } from "../db/statements/schedule-states.ts";
import { schedules } from "../schedules/table.ts";
import { requireOperator } from "./auth.ts";
import type { HttpEnv } from "./context.ts";
import { metricFamilies } from "./metric-families.ts";
import { OPEN_METRICS_TYPE, renderOpenMetrics } from "./open-metrics.ts";

/** Of everybody, and of no window but the day and the week that a summary always has. */
const LAST_WEEK = { tournamentId: null, agentId: null, cause: null, since: "infinity" };

export const metricRoutes = new Hono<HttpEnv>().get(
  "/metrics",
  (c, next) => (c.get("deps").metricsOpen ? next() : requireOperator(c, next)),
  async (c) => {
    const { query, backlog, codeVersion, tasks } = c.get("deps");
    const names = schedules.map((schedule) => schedule.name);
    const [rows, recoveries, clocks, states, now, messages] = await Promise.all([
      readMetrics(query, queueNames),
      readRecoverySummary(query, LAST_WEEK),
      readClocks(query),
      readScheduleStates(query, names),
      nowMs(query),
      // What the platform doesn't say is unknown (NaN), and no reason to show nothing.
      backlog().catch(() => ({})),
    ]);
    const text = renderOpenMetrics(
      metricFamilies({ rows, recoveries, tasks, clocks, states, nowMs: now, messages, codeVersion }),
    );
    return c.body(text, 200, { "content-type": OPEN_METRICS_TYPE });
  },
);
