/** What /metrics shows, family by family. Pure. Every name, queue, schedule and state is there from the start, at 0. */
import { queueNames } from "../../core/tasks/queues.ts";
import { type MetricRows, timingBuckets } from "../../db/statements/metrics/read.ts";
import { taskStates } from "../../db/statements/metrics/task-counts.ts";
import type { RecoverySummary } from "../../db/statements/recoveries/summary.ts";
import type { ScheduleState } from "../../db/statements/schedules/states.ts";
import { lastDueMs } from "../../engine/schedules/due.ts";
import type { Tasks } from "../../engine/task.ts";
import { schedules } from "../../tasks/schedules.ts";
import type { Family, Labels, Sample, Timing } from "./open-metrics.ts";
import { recoveryFamilies } from "./recovery-families.ts";
import { timings, total } from "./sums.ts";

export interface MetricInputs {
  readonly rows: MetricRows;
  readonly recoveries: RecoverySummary;
  readonly tasks: Tasks;
  /** Seconds since each clock last ticked; null when it never has. */
  readonly clocks: Readonly<Record<"cron" | "beat", number | null>>;
  readonly states: ReadonlyMap<string, ScheduleState>;
  /** The database's clock, epoch milliseconds. */
  readonly nowMs: number;
  /** The platform's own counts; null or absent where it gives none. */
  readonly messages: Readonly<Record<string, { messages: number; oldest_at: string | null } | null>>;
  readonly codeVersion: string;
}

const roundStates = ["scheduled", "open", "closed", "quoted", "settled", "skipped"] as const;
const finishedStates = ["SUCCESS", "FAILURE", "REVOKED"] as const;
const attemptStates = ["SUCCESS", "FAILURE", "REVOKED", "RETRY", "PENDING"] as const;

export function metricFamilies(inputs: MetricInputs): Family[] {
  return [
    ...taskFamilies(inputs),
    ...recoveryFamilies(inputs.rows, inputs.recoveries),
    ...queueFamilies(inputs),
    ...engineFamilies(inputs),
    ...roundFamilies(inputs),
  ];
}

function histogram(name: string, help: string, rows: readonly Timing[]): Family {
  return { name, type: "histogram", unit: "seconds", help, bounds: timingBuckets, timings: rows };
}
function gauge(name: string, help: string, samples: readonly Sample[]): Family {
  return { name, type: "gauge", ...(name.endsWith("_seconds") ? { unit: "seconds" as const } : {}), help, samples };
}
function counter(name: string, help: string, samples: readonly Sample[]): Family {
  return { name, type: "counter", help, samples };
}
const one = (value: number, labels: Labels = {}): Sample[] => [{ labels, value }];

function taskFamilies({ tasks, rows: { counts, deltas } }: MetricInputs): Family[] {
  const of = (metric: string) => deltas.filter((delta) => delta.metric === metric);
  const runs = of("run");
  const ended = [...runs, ...of("finished")];
  const queueOf = new Map<string, string>(Object.values(tasks).map(({ name, queue }) => [name, queue]));
  // A name that this version of the code doesn't know may still have rows.
  for (const { name, queue } of counts) if (!queueOf.has(name)) queueOf.set(name, queue);
  for (const { name } of [...ended, ...of("wait"), ...of("lost")]) if (!queueOf.has(name)) queueOf.set(name, "");
  const names = [...queueOf.keys()];
  return [
    gauge(
      "agonus_tasks",
      "Tasks that are stored, by name and state. Finished ones leave by retention.",
      names.flatMap((name) =>
        taskStates.map((state) => ({
          labels: { name, queue: queueOf.get(name) ?? "", state },
          value: counts.filter((c) => c.name === name && c.state === state).reduce((sum, c) => sum + c.n, 0),
        })),
      ),
    ),
    counter(
      "agonus_tasks_finished",
      "Tasks that finished, by name and final state.",
      names.flatMap((name) =>
        finishedStates.map((state) => ({
          labels: { name, state },
          value: total(ended.filter((delta) => delta.name === name && delta.state === state)),
        })),
      ),
    ),
    counter(
      "agonus_task_attempts",
      "Attempts that ended, by the state in which they left their task. After RETRY the task is tried again.",
      names.flatMap((name) =>
        attemptStates.map((state) => ({
          labels: { name, state },
          value: total(runs.filter((delta) => delta.name === name && delta.state === state)),
        })),
      ),
    ),
    histogram(
      "agonus_task_wait_seconds",
      "From when a task was due to its claim. Decisions of a round's batch have no queue of their own and don't count.",
      timings(of("wait"), "name", names),
    ),
    histogram("agonus_task_run_seconds", "How long attempts ran.", timings(runs, "name", names)),
    counter(
      "agonus_leases_lost",
      "Attempts whose lease ran out because their consumer was gone.",
      one(total(of("lost"))),
    ),
  ];
}

function queueFamilies({ rows, messages, nowMs }: MetricInputs): Family[] {
  const perQueue = (value: (row: MetricRows["queues"][number]) => number) =>
    rows.queues.map((row) => ({ labels: { queue: row.queue }, value: value(row) }));
  const perPlatform = (value: (counted: { messages: number; oldest_at: string | null }) => number) =>
    queueNames.map((queue) => {
      const counted = messages[queue];
      return { labels: { queue }, value: counted ? value(counted) : Number.NaN };
    });
  return [
    gauge(
      "agonus_queue_depth",
      "Tasks that are due and wait, counted up to 100,000.",
      perQueue((row) => row.depth),
    ),
    gauge(
      "agonus_queue_oldest_waiting_seconds",
      "For how long the oldest waiting task has been due; 0 when none is.",
      perQueue((row) => row.oldest_seconds),
    ),
    gauge(
      "agonus_queue_paused",
      "1 while an operator holds the queue.",
      perQueue((row) => (row.paused ? 1 : 0)),
    ),
    gauge(
      "agonus_queue_running",
      "Tasks that are claimed: leases that are held.",
      queueNames.map((queue) => ({
        labels: { queue },
        value: rows.counts.filter((c) => c.queue === queue && c.state === "STARTED").reduce((sum, c) => sum + c.n, 0),
      })),
    ),
    gauge(
      "agonus_queue_messages",
      "Messages in the platform's queue, as the platform counts them; NaN when it gives no count.",
      perPlatform((counted) => counted.messages),
    ),
    gauge(
      "agonus_queue_oldest_message_seconds",
      "Age of the oldest message in the platform's queue; 0 without one, NaN when the platform gives none.",
      perPlatform(({ oldest_at }) => (oldest_at === null ? 0 : Math.max(0, (nowMs - Date.parse(oldest_at)) / 1000))),
    ),
  ];
}

function engineFamilies({ rows, clocks, states, nowMs, codeVersion }: MetricInputs): Family[] {
  const perSchedule = (value: (schedule: (typeof schedules)[number], lastMs: number | null) => number) =>
    schedules.map((schedule) => ({
      labels: { schedule: schedule.name },
      value: value(schedule, states.get(schedule.name)?.last_due_ms ?? null),
    }));
  return [
    gauge("agonus_leases_expired", "Leases that have run out and wait for the sweep.", one(rows.expired_leases)),
    counter(
      "agonus_duplicates_prevented",
      "Answers that came too late, twice or from a stale object, and differed from the stored decision.",
      one(rows.prevented),
    ),
    gauge(
      "agonus_schedule_last_tick_age_seconds",
      "Seconds since the last recorded tick was due; NaN before the first tick.",
      perSchedule((_, lastMs) => (lastMs === null ? Number.NaN : Math.max(0, (nowMs - lastMs) / 1000))),
    ),
    gauge(
      "agonus_schedule_overdue_seconds",
      "For how long a due tick has not been recorded; 0 when none is missing.",
      perSchedule((schedule, lastMs) => {
        const due = lastDueMs(schedule, nowMs);
        return due === null || lastMs === null || due <= lastMs ? 0 : (nowMs - due) / 1000;
      }),
    ),
    gauge(
      "agonus_clock_age_seconds",
      "Seconds since the clock last ticked; NaN before its first tick.",
      (["cron", "beat"] as const).map((clock) => ({ labels: { clock }, value: clocks[clock] ?? Number.NaN })),
    ),
    {
      name: "agonus_build",
      type: "info",
      help: "Which version of the code answers.",
      samples: one(1, { version: codeVersion }),
    },
  ];
}

function roundFamilies({ rows }: MetricInputs): Family[] {
  const { open_lag, settle_lag, unsettled_age, tournaments } = rows.rounds;
  const rounds = rows.deltas.filter((delta) => delta.metric === "rounds");
  return [
    gauge(
      "agonus_rounds",
      "Rounds that are stored, by state.",
      roundStates.map((state) => ({
        labels: { state },
        value: total(rounds.filter((delta) => delta.state === state)),
      })),
    ),
    gauge("agonus_live_tournaments", "Live tournaments that run by the clock.", one(tournaments)),
    gauge(
      "agonus_round_open_lag_seconds",
      "How late the last round was opened, in the live tournament that was latest.",
      one(open_lag),
    ),
    gauge(
      "agonus_round_settle_lag_seconds",
      "From due to settled for the last settled round, decision window included, in the live tournament that took longest.",
      one(settle_lag),
    ),
    gauge(
      "agonus_round_unsettled_age_seconds",
      "For how long the oldest due round has been neither settled nor skipped; it grows when rounds stand still.",
      one(unsettled_age),
    ),
  ];
}
