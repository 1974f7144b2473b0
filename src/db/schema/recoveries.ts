/** Recoveries of agents. */
import { sql } from "drizzle-orm";
import { boolean, check, index, integer, pgTable, text, uuid } from "drizzle-orm/pg-core";
import { now, time } from "./columns.ts";
import { entries } from "./entries.ts";

/**
 * Every recovery of an agent (docs/recovery.md). Two sources write the rows: triggers on tasks and decisions, and the
 * statements that raise a version, send again or refuse an answer. Kept for 30 days.
 */
export const recoveries = pgTable(
  "recoveries",
  {
    id: uuid("id").primaryKey(),
    /** One recovery, one row: recover:<task>, lease:<task>:<the lost claim's token>, resent:<round>:<entry>. */
    key: text("key").notNull().unique(),
    tournamentId: uuid("tournament_id").notNull(),
    entryId: uuid("entry_id")
      .notNull()
      .references(() => entries.id, { onDelete: "cascade" }),
    cause: text("cause").notNull(),
    /** The round whose decision was owed. Null when no decision was owed. */
    roundId: uuid("round_id"),
    /** The last sign of life before the loss. Null when unknown. */
    interruptedAt: time("interrupted_at"),
    detectedAt: time("detected_at").notNull().default(now),
    /** When the version was raised or the task was claimed again. Null when nothing had to be restored. */
    restoredAt: time("restored_at"),
    /** When the owed decision was stored. */
    resumedAt: time("resumed_at"),
    /** The entry's version before and after. Null when the version was not raised. */
    fromVersion: integer("from_version"),
    toVersion: integer("to_version"),
    /** Answers for that round that came late or again, and were refused. */
    duplicatesPrevented: integer("duplicates_prevented").notNull().default(0),
    /** The recovery's own task, or the one whose lease was lost. */
    taskId: uuid("task_id"),
    correlationId: text("correlation_id"),
    /** The decision was only late: its first message brought it, so nothing had been lost. Such a row is no recovery. */
    late: boolean("late").notNull().default(false),
  },
  (t) => [
    check("recoveries_cause", sql`${t.cause} in ('operator', 'stale', 'alarm', 'lease', 'resent')`),
    index("recoveries_by_tournament").on(t.tournamentId, t.id.desc()),
    index("recoveries_by_entry").on(t.entryId, t.id.desc()),
    index("recoveries_by_round").on(t.roundId, t.entryId).where(sql`round_id is not null`),
    // Every batch of decisions looks for recoveries that are still open, so the index holds only those.
    index("recoveries_owed").on(t.roundId, t.entryId).where(sql`round_id is not null and resumed_at is null`),
    index("recoveries_by_task").on(t.taskId).where(sql`task_id is not null`),
  ],
);
