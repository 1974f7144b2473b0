/** Figures that triggers and the sweep keep, so that no query counts tasks. */
import { bigint, doublePrecision, index, integer, pgTable, text } from "drizzle-orm/pg-core";
import { json, time } from "./columns.ts";

/**
 * Numbers of tasks by name, queue and state, so that no query counts tasks. A trigger adds the differences of every
 * statement that changes tasks. The sweep folds them into one row a key. A count is the sum over all rows of its key.
 */
export const taskCounts = pgTable(
  "task_counts",
  {
    name: text("name").notNull(),
    queue: text("queue").notNull(),
    state: text("state").notNull(),
    tasks: integer("tasks").notNull(),
  },
  (t) => [index("task_counts_key").on(t.name, t.queue, t.state)],
);

/**
 * What /metrics counts and times, as differences that triggers append and the sweep folds, like task_counts. A value is
 * the sum over all rows of its key. Metrics: wait, run, recovery (seconds), recoveries, finished (without an attempt), lost, rounds.
 */
export const metricDeltas = pgTable("metric_deltas", {
  metric: text("metric").notNull(),
  /** The task's name, or the recovery's cause. Empty for rounds. */
  name: text("name").notNull(),
  /** The state in which an attempt, a task or a round ended. Empty for every other metric. */
  state: text("state").notNull(),
  /** The bucket's upper bound in seconds. Null for a metric that is only counted. */
  le: doublePrecision("le"),
  n: bigint("n", { mode: "number" }).notNull(),
  /** The observations' sum in whole microseconds: sums of floats drift, and a counter must never fall. */
  micros: bigint("micros", { mode: "number" }).notNull(),
});

/** Once a minute the sweep notes how many tasks have ever finished. A throughput is the difference of two rows. */
export const throughputSamples = pgTable("throughput_samples", {
  minute: time("minute").primaryKey(),
  takenAt: time("taken_at").notNull(),
  finished: bigint("finished", { mode: "number" }).notNull(),
  /** {queue: [finished, failed]}, since ever. Empty in samples of an older version. */
  byQueue: json<Record<string, [number, number]>>("by_queue").notNull().default({}),
});
