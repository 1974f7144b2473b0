/** Queues: what operators set for them, dead letters, and the isolates that consume. */
import { sql } from "drizzle-orm";
import { check, integer, pgTable, primaryKey, text, uniqueIndex, uuid } from "drizzle-orm/pg-core";
import { json, now, time } from "./columns.ts";

/** What an operator set for a queue; a queue without a row runs freely. */
export const queueControls = pgTable(
  "queue_controls",
  {
    queue: text("queue").primaryKey(),
    pausedAt: time("paused_at"),
    pausedBy: text("paused_by"),
    pauseReason: text("pause_reason"),
    /** The most tasks that run at once over all consumers. Null: the operator set no limit. */
    maxRunning: integer("max_running"),
  },
  (t) => [check("queue_controls_max_running", sql`${t.maxRunning} > 0`)],
);

/** Every pause of a queue, so that a missed decision can give the pause as its reason. */
export const queuePauses = pgTable(
  "queue_pauses",
  {
    queue: text("queue").notNull(),
    pausedAt: time("paused_at").notNull(),
    resumedAt: time("resumed_at"),
    pausedBy: text("paused_by").notNull(),
    reason: text("reason"),
  },
  (t) => [
    primaryKey({ columns: [t.queue, t.pausedAt] }),
    uniqueIndex("queue_pauses_one_open").on(t.queue).where(sql`resumed_at is null`),
  ],
);

export const deadLetters = pgTable("dead_letters", {
  id: uuid("id").primaryKey(),
  queue: text("queue").notNull(),
  messageId: text("message_id").notNull().unique(),
  body: json<unknown>("body").notNull(),
  deliveries: integer("deliveries").notNull(),
  /** What was done with it: 'resent', 'kept'. */
  outcome: text("outcome").notNull(),
  receivedAt: time("received_at").notNull().default(now),
  /** When an operator sent it again. */
  redrivenAt: time("redriven_at"),
});

/** Isolates that consume: when each was seen last, and with which version of the code. */
export const consumers = pgTable("consumers", {
  id: text("id").primaryKey(),
  codeVersion: text("code_version").notNull(),
  firstSeenAt: time("first_seen_at").notNull().default(now),
  lastSeenAt: time("last_seen_at").notNull().default(now),
  /** Batches by queue: {"agents": 12}. */
  batches: json<Record<string, number>>("batches").notNull().default({}),
  tasks: integer("tasks").notNull().default(0),
});
