/** GET /schedules, POST /schedules/{name}/run · pause · resume, GET /schedules/{name}/ticks. Operators only. */
import cronstrue from "cronstrue";
import { Hono } from "hono";
import { z } from "zod";
import { CodedError } from "../core/error-codes.ts";
import { listTicks, nowMs } from "../db/statements/api-list-ticks.ts";
import { readClocks } from "../db/statements/api-read-clocks.ts";
import { pauseSchedule, resumeSchedule } from "../db/statements/schedule-control.ts";
import { readScheduleStates, type ScheduleState } from "../db/statements/schedule-states.ts";
import { nextDueMs } from "../schedules/due.ts";
import { runNow } from "../schedules/fire.ts";
import { type Schedule, schedules } from "../schedules/table.ts";
import { requireOperator } from "./auth.ts";
import type { HttpContext, HttpEnv } from "./context.ts";
import { optionalJsonBody, pathOf, queryOf } from "./inputs.ts";
import { page, pageFields, readCursor } from "./paging.ts";
import { queued } from "./queued.ts";

export const pauseBody = z.strictObject({ reason: z.string().trim().min(1).max(500).optional() });
export const tickQuery = z.strictObject({
  ...pageFields,
  outcome: z.enum(["fired", "late", "coalesced", "skipped"]).optional(),
});

const scheduleOf = pathOf((c) => {
  const schedule = schedules.find(({ name }) => name === c.req.param("name"));
  if (schedule) return { schedule };
  throw new CodedError("schedule.not_found", `There is no such schedule: ${schedules.map((s) => s.name).join(", ")}.`);
});

function wireSchedule(schedule: Schedule, state: ScheduleState | undefined, now: number) {
  const next = nextDueMs(schedule, now);
  return {
    name: schedule.name,
    description: schedule.description,
    cron: schedule.cron,
    every_seconds: schedule.everySeconds,
    in_words:
      schedule.cron === null
        ? `Every ${schedule.everySeconds} seconds`
        : `${cronstrue.toString(schedule.cron, { use24HourTimeFormat: true })}, UTC`,
    driven_by: schedule.cron === null ? "beat" : "cron",
    overlap: schedule.overlap,
    missed:
      schedule.missed.kind === "catch_up"
        ? { policy: "catch_up", within_seconds: schedule.missed.withinSeconds }
        : { policy: schedule.missed.kind },
    paused: state?.paused_at ? { since: state.paused_at, by: state.paused_by, reason: state.pause_reason } : null,
    last:
      state?.last_due_ms == null
        ? null
        : {
            due_at: new Date(state.last_due_ms).toISOString(),
            outcome: state.last_outcome,
            reason: state.last_reason,
            fired_by: state.last_fired_by,
            fired_at: state.last_fired_at,
            task_id: state.last_task_id,
            task_state: state.last_task_state,
          },
    next_due_at: next === null || state?.paused_at ? null : new Date(next).toISOString(),
  };
}

async function wireOne(c: HttpContext, schedule: Schedule) {
  const { query } = c.get("deps");
  const states = await readScheduleStates(query, [schedule.name]);
  return c.json(wireSchedule(schedule, states.get(schedule.name), await nowMs(query)));
}

async function listSchedules(c: HttpContext) {
  const { query } = c.get("deps");
  const [states, clocks, now] = await Promise.all([
    readScheduleStates(
      query,
      schedules.map((schedule) => schedule.name),
    ),
    readClocks(query),
    nowMs(query),
  ]);
  return c.json({
    items: schedules.map((schedule) => wireSchedule(schedule, states.get(schedule.name), now)),
    next_cursor: null,
    clocks: { cron: { age_seconds: clocks.cron }, beat: { age_seconds: clocks.beat } },
  });
}

const tickKey = z.tuple([z.iso.datetime()]);

export const scheduleRoutes = new Hono<HttpEnv>()
  .get("/schedules", requireOperator, listSchedules)
  .get("/inspect/schedules", requireOperator, listSchedules)
  .post("/schedules/:name/run", requireOperator, scheduleOf, async (c) => {
    const { schedule } = c.req.valid("param");
    const deps = c.get("deps");
    const taskId = await runNow(deps, schedule, await nowMs(deps.query));
    return queued(c, { taskId });
  })
  .post("/schedules/:name/pause", requireOperator, scheduleOf, optionalJsonBody(pauseBody), async (c) => {
    const { schedule } = c.req.valid("param");
    const { reason } = c.req.valid("json");
    await pauseSchedule(c.get("deps").query, schedule.name, "operator", reason ?? null);
    return wireOne(c, schedule);
  })
  .post("/schedules/:name/resume", requireOperator, scheduleOf, async (c) => {
    const { schedule } = c.req.valid("param");
    await resumeSchedule(c.get("deps").query, schedule.name);
    return wireOne(c, schedule);
  })
  .get("/schedules/:name/ticks", requireOperator, scheduleOf, queryOf(tickQuery), async (c) => {
    const { schedule } = c.req.valid("param");
    const { limit, cursor, outcome } = c.req.valid("query");
    const list = `ticks ${schedule.name} ${outcome ?? ""}`;
    const before = readCursor(cursor, list, tickKey)?.[0] ?? null;
    const rows = await listTicks(c.get("deps").query, {
      schedule: schedule.name,
      outcome: outcome ?? null,
      before,
      limit: limit + 1,
    });
    return c.json(
      page(
        rows,
        limit,
        list,
        (row) => [row.due_at],
        (row) => row,
      ),
    );
  });
