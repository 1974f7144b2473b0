/** Schedules: their ticks, the clocks that fire them, and what operators set for them. */
import { sql } from "drizzle-orm";
import { check, pgTable, primaryKey, text, uuid } from "drizzle-orm/pg-core";
import { now, time } from "./columns.ts";

export const ticks = pgTable(
  "ticks",
  {
    schedule: text("schedule").notNull(),
    dueAt: time("due_at").notNull(),
    /** fired, late, coalesced, skipped. */
    outcome: text("outcome").notNull(),
    /** cron, beat or operator. */
    firedBy: text("fired_by").notNull(),
    reason: text("reason"),
    taskId: uuid("task_id"),
    firedAt: time("fired_at").notNull().default(now),
  },
  (t) => [
    primaryKey({ columns: [t.schedule, t.dueAt] }),
    check("ticks_outcome", sql`${t.outcome} in ('fired', 'late', 'coalesced', 'skipped')`),
  ],
);

/**
 * When the two clocks ('cron' and 'beat') last ticked; each watches the other. The row 'waited_for' says since when a
 * clock that has never ticked has been waited for.
 */
export const clocks = pgTable("clocks", {
  name: text("name").primaryKey(),
  beatAt: time("beat_at").notNull(),
});

/** What an operator set for a schedule. A schedule without a row runs. */
export const scheduleControls = pgTable("schedule_controls", {
  schedule: text("schedule").primaryKey(),
  pausedAt: time("paused_at"),
  pausedBy: text("paused_by"),
  pauseReason: text("pause_reason"),
});
