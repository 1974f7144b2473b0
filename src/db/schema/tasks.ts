/** Tasks and their keys. */
import { sql } from "drizzle-orm";
import { boolean, check, doublePrecision, index, integer, pgTable, text, uuid } from "drizzle-orm/pg-core";
import { type Json, json, now, time } from "./columns.ts";

/** Partitioned by id (UUIDv7, so by day): the migration says how. */
export const tasks = pgTable(
  "tasks",
  {
    id: uuid("id").primaryKey(),
    name: text("name").notNull(),
    queue: text("queue").notNull(),
    state: text("state").notNull(),
    /** Null for a task that a batch stored together with its decision: they follow from the entry (src/db/statements/tasks/decided.ts). */
    args: json<Json>("args"),
    /** Where `round` is set, only the Figures of src/core/tasks/decided.ts: the rest is read from the decision. */
    result: json<Json>("result"),
    /** The round of the stored decision that this task ended with; null for every other task. */
    round: integer("round"),
    /** {class, code, message, stack?, attempts: […]}: stack for operators only. */
    error: json<Json>("error"),
    attempt: integer("attempt").notNull().default(0),
    maxAttempts: integer("max_attempts").notNull(),
    /** 0 to 1, as the handler reports. */
    progress: doublePrecision("progress"),
    tournamentId: uuid("tournament_id"),
    entryId: uuid("entry_id"),
    /** A unique key's name while the task holds it, in task_keys. */
    key: text("key"),
    /** Not before this time. */
    dueAt: time("due_at").notNull(),
    /** When its id was last sent to the queue, and how often. */
    sentAt: time("sent_at"),
    sends: integer("sends").notNull().default(0),
    /** The claim: who holds the right to run it, until when. */
    token: uuid("token"),
    leaseUntil: time("lease_until"),
    /** When the runner last reported that the task is running. */
    heartbeatAt: time("heartbeat_at"),
    /** Leases that ran out in a row: ten end in FAILURE task.lost. */
    lostLeases: integer("lost_leases").notNull().default(0),
    cancelRequested: boolean("cancel_requested").notNull().default(false),
    /** Lost leases never end it in FAILURE. */
    neverLost: boolean("never_lost").notNull().default(false),
    /** The task that this one runs again, with the same or edited arguments. */
    parentId: uuid("parent_id"),
    /** The isolate that claimed it last: see consumers. */
    consumer: text("consumer"),
    /** Its last error, normalised (ids, numbers and times taken out): failures are grouped by it. */
    signature: text("signature"),
    /** Every transition: [{at, state, attempt, why, by?}], at most 100 kept. Where `args` is null, only the text of who stored it. */
    history: json<Json[]>("history").notNull().default([]),
    correlationId: text("correlation_id"),
    createdAt: time("created_at").notNull().default(now),
    startedAt: time("started_at"),
    finishedAt: time("finished_at"),
  },
  (t) => [
    check("tasks_state", sql`${t.state} in ('PENDING', 'STARTED', 'RETRY', 'SUCCESS', 'FAILURE', 'REVOKED')`),
    check("tasks_lease", sql`(${t.state} = 'STARTED') = (${t.token} is not null and ${t.leaseUntil} is not null)`),
    check("tasks_finished", sql`(${t.state} in ('SUCCESS', 'FAILURE', 'REVOKED')) = (${t.finishedAt} is not null)`),
    check("tasks_decided", sql`${t.round} is null or (${t.state} = 'SUCCESS' and ${t.entryId} is not null)`),
    check("tasks_args", sql`${t.args} is not null or ${t.round} is not null`),
    index("tasks_waiting").on(t.queue, t.dueAt).where(sql`state in ('PENDING', 'RETRY')`),
    index("tasks_waiting_by_tournament").on(t.tournamentId, t.dueAt).where(sql`state in ('PENDING', 'RETRY')`),
    index("tasks_leased").on(t.leaseUntil).where(sql`state = 'STARTED'`),
    index("tasks_by_tournament").on(t.tournamentId, t.id),
    index("tasks_by_entry").on(t.entryId, t.id),
    // Lists and searches. Most rows are decisions that ended well: those pay for none of these.
    index("tasks_by_name").on(t.name, t.id).where(sql`name <> 'run_agent_decision'`),
    index("tasks_by_queue").on(t.queue, t.id).where(sql`name <> 'run_agent_decision'`),
    index("tasks_by_state").on(t.state, t.id).where(sql`state <> 'SUCCESS'`),
    index("tasks_by_signature").on(sql`coalesce(signature, error->>'code')`, t.id).where(sql`state = 'FAILURE'`),
    index("tasks_by_parent").on(t.parentId, t.id).where(sql`parent_id is not null`),
    // Lists by runtime. The names are few, so a list of all tasks merges one range of each.
    index("tasks_by_runtime")
      .on(t.name, sql`(finished_at - started_at)`, t.id)
      .where(sql`finished_at is not null and started_at is not null`),
    index("tasks_by_args").using("gin", sql`args jsonb_path_ops`).where(sql`args is not null`),
    index("tasks_by_error")
      .using("gin", sql`((error->>'code') || ' ' || (error->>'message')) gin_trgm_ops`)
      .where(sql`error is not null`),
  ],
);

/** The unique keys of tasks. They need a table of their own, because a unique index on tasks can't span partitions. */
export const taskKeys = pgTable("task_keys", {
  key: text("key").primaryKey(),
  taskId: uuid("task_id").notNull(),
  createdAt: time("created_at").notNull().default(now),
});
