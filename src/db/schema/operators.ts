/** What operators did: the audit and bulk jobs. */
import { sql } from "drizzle-orm";
import { check, index, integer, pgTable, primaryKey, text, uuid } from "drizzle-orm/pg-core";
import { type Json, json, now, time } from "./columns.ts";

/** Everything that operators did. Append-only: a trigger refuses changes. */
export const audit = pgTable(
  "audit",
  {
    id: uuid("id").primaryKey(),
    at: time("at").notNull().default(now),
    /** Who: 'operator', or a bulk job. */
    actor: text("actor").notNull(),
    /** 'task.cancel', 'queue.pause', … */
    action: text("action").notNull(),
    /** What it was done to: an id or a name. */
    target: text("target"),
    details: json<Json>("details").notNull().default({}),
    correlationId: text("correlation_id"),
  },
  (t) => [
    index("audit_by_action").on(t.action, t.id),
    index("audit_refusals").on(t.target).where(sql`action = 'refused'`),
  ],
);

export const bulkJobs = pgTable(
  "bulk_jobs",
  {
    id: uuid("id").primaryKey(),
    action: text("action").notNull(),
    /** The filter or selection that froze the ids. */
    filter: json<Json>("filter").notNull(),
    args: json<Json>("args").notNull().default({}),
    state: text("state").notNull(),
    frozen: integer("frozen").notNull(),
    done: integer("done").notNull().default(0),
    skipped: integer("skipped").notNull().default(0),
    failed: integer("failed").notNull().default(0),
    /** The hash of the token that confirms the dry run. Null once the token was used. */
    token: text("token"),
    createdBy: text("created_by").notNull(),
    createdAt: time("created_at").notNull().default(now),
    startedAt: time("started_at"),
    finishedAt: time("finished_at"),
    taskId: uuid("task_id"),
    /** How often the job was resumed. */
    resumes: integer("resumes").notNull().default(0),
  },
  (t) => [
    check("bulk_jobs_action", sql`${t.action} in ('retry', 'cancel', 'delete')`),
    check("bulk_jobs_state", sql`${t.state} in ('dry_run', 'running', 'done', 'aborted')`),
  ],
);

export const bulkItems = pgTable(
  "bulk_items",
  {
    jobId: uuid("job_id")
      .notNull()
      .references(() => bulkJobs.id, { onDelete: "cascade" }),
    taskId: uuid("task_id").notNull(),
    /** Null until the item was worked on: then done, skipped or failed. */
    outcome: text("outcome"),
    why: text("why"),
  },
  (t) => [
    primaryKey({ columns: [t.jobId, t.taskId] }),
    index("bulk_items_open").on(t.jobId, t.taskId).where(sql`outcome is null`),
    check("bulk_items_outcome", sql`${t.outcome} in ('done', 'skipped', 'failed')`),
  ],
);
