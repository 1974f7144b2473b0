/** GET /schedules, POST /schedules/{name}/run · pause · resume, GET /schedules/{name}/ticks. Operators only. */
import cronstrue from "cronstrue";
import { Hono } from "hono";
import { z } from "zod";
import { CodedError } from "../../core/error-codes.ts";
import { pauseSchedule, resumeSchedule } from "../../db/statements/schedules/control.ts";
import { listTicks, nowMs } from "../../db/statements/schedules/list-ticks.ts";
import { readClocks } from "../../db/statements/schedules/read-clocks.ts";
import { readScheduleStates, type ScheduleState } from "../../db/statements/schedules/states.ts";
import { nextDueMs } from "../../engine/schedules/due.ts";
import { runNow } from "../../engine/schedules/fire.ts";
import type { Schedule } from "../../engine/schedules/schedule.ts";
import { schedules } from "../../tasks/schedules.ts";
import type { HttpContext, HttpEnv } from "../context.ts";
import { optionalJsonBody, pathOf, queryOf } from "../request/inputs.ts";
import { pageFields, readPage, unchanged } from "../request/paging.ts";
import { actorOf } from "../session/caller.ts";
import { requireOperator, requireViewer } from "../session/rights.ts";
import { queued } from "../tasks/begin.ts";

const pauseBody = z.strictObject({ reason: z.string().trim().min(1).max(500).optional() });
const tickQuery = z.strictObject({
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
    /** The newest run by an operator, of the last day. It is no tick. */
    last_by_hand: state?.by_hand_at
      ? { at: state.by_hand_at, task_id: state.by_hand_task_id, task_state: state.by_hand_task_state }
      : null,
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
  .get("/schedules", requireViewer, listSchedules)
  .get("/inspect/schedules", requireViewer, listSchedules)
  .post("/schedules/:name/run", requireOperator, scheduleOf, async (c) => {
    const { schedule } = c.req.valid("param");
    const deps = c.get("deps");
    const taskId = await runNow(deps, schedule, await nowMs(deps.query));
    return queued(c, { taskId });
  })
  .post("/schedules/:name/pause", requireOperator, scheduleOf, optionalJsonBody(pauseBody), async (c) => {
    const { schedule } = c.req.valid("param");
    const { reason } = c.req.valid("json");
    await pauseSchedule(c.get("deps").query, schedule.name, actorOf(c), reason ?? null);
    return wireOne(c, schedule);
  })
  .post("/schedules/:name/resume", requireOperator, scheduleOf, async (c) => {
    const { schedule } = c.req.valid("param");
    await resumeSchedule(c.get("deps").query, schedule.name);
    return wireOne(c, schedule);
  })
  .get("/schedules/:name/ticks", requireViewer, scheduleOf, queryOf(tickQuery), async (c) => {
    const { schedule } = c.req.valid("param");
    const { outcome, ...asked } = c.req.valid("query");
    const filter = { schedule: schedule.name, outcome: outcome ?? null };
    const ticks = await readPage(asked, {
      name: `ticks ${schedule.name} ${outcome ?? ""}`,
      key: tickKey,
      keyOf: (row: { readonly due_at: string }) => [row.due_at],
      read: (before, limit) => listTicks(c.get("deps").query, { ...filter, before: before?.[0] ?? null, limit }),
      toItem: unchanged,
    });
    return c.json(ticks);
  });
