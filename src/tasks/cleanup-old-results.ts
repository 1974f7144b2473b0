/**
 * Moves what must stay out of old days of tasks, drops those days whole, and makes the days to come. Each step is one
 * short statement, and leaves a state from which a run that starts anew goes on.
 */
import { z } from "zod";
import { limits } from "../core/limits.ts";
import { defaultRetry } from "../core/tasks/retry.ts";
import { deleteOldPractices } from "../db/statements/practice/delete.ts";
import { dropDetails } from "../db/statements/retention/decision-details.ts";
import { deleteDeadLetters, deleteGoneKeys, deleteOld, restOfCleanup } from "../db/statements/retention/rest.ts";
import {
  type Detached,
  detachTaskDay,
  dropTaskDay,
  FIRST_ID,
  type Horizon,
  makeTaskDays,
  type OldDay,
  oldTaskDays,
  retentionHorizon,
  swapTaskDay,
  thinTaskDay,
} from "../db/statements/retention/tasks.ts";
import type { Attempt, Outcome } from "../engine/task.ts";
import { defineTask, type TaskPorts } from "./define.ts";

/** Rows that one statement deletes or looks at. */
const CHUNK = 5000;
/** Rows that one statement reads to find those that it copies. */
const COPY_ROWS = 60_000;
/** The most rows that move while claims wait. A day that must keep more rows is replaced by a table of these rows. */
const MOVE_MAX = 500;
/** How often a lock is tried, a quarter of a second apart. */
const TRIES = 20;
const DAYS_AHEAD = 3;
/** Practices that one statement deletes. */
const PRACTICES = 5;

export const cleanupOldResults = defineTask({
  name: "cleanup_old_results",
  description:
    "Cleans up old task results: successes after 24 hours, failures after 7 days, or what the variables RETAIN_SUCCESS_HOURS and RETAIN_FAILURE_HOURS say. Dead letters go after 30 days, what agents said of their decisions after 90, practices a day after their end.",
  returns:
    "`partitions_dropped`, `moved` (rows that stay for longer), `deleted`, `dropped_rows`, `partitions_made`, `keys_deleted`, `dead_letters`, `details` (of decisions: reasoning and confidence).",
  queue: "agents",
  args: z
    .object({
      success_hours: z.number().int().min(1).max(limits.retainHoursMax).optional(),
      failure_hours: z.number().int().min(1).max(limits.retainHoursMax).optional(),
      /** 30 days, 90 days. */
      dead_letter_hours: z.number().int().min(1).max(87_600).default(720),
      detail_hours: z.number().int().min(1).max(87_600).default(2160),
    })
    .strict(),
  result: z.object({
    partitions_dropped: z.number().int(),
    moved: z.number().int(),
    deleted: z.number().int(),
    dropped_rows: z.number().int(),
    partitions_made: z.number().int(),
    keys_deleted: z.number().int(),
    dead_letters: z.number().int(),
    details: z.number().int(),
  }),
  retry: defaultRetry,
  softLimitSeconds: limits.softLimitSeconds,
  hardLimitSeconds: limits.hardLimitSeconds,
  async run({ success_hours, failure_hours, dead_letter_hours, detail_hours }, ports, attempt) {
    const { query, retention } = ports;
    const horizon = await retentionHorizon(
      query,
      success_hours ?? retention.successHours,
      failure_hours ?? retention.failureHours,
    );
    const made = await tried(() => makeTaskDays(query, DAYS_AHEAD));
    const days = await oldTaskDays(query, horizon);
    const done = { partitions_dropped: 0, moved: 0, deleted: 0, dropped_rows: 0 };
    let busy = made.kind === "busy";
    for (const [index, day] of days.entries()) {
      if (attempt.signal.aborted) return later("it ran for long: the rest comes next");
      attempt.progress(index / (days.length + 1));
      const out: Detached = day.attached
        ? await detached(ports, day, horizon, done, attempt)
        : { kind: "moved", rows: 0 };
      if (out.kind === "busy") busy = true;
      if (out.kind !== "moved") continue;
      done.moved += out.rows;
      done.dropped_rows += await dropTaskDay(query, day.name);
      done.partitions_dropped += 1;
    }
    await thin(ports, "tasks_default", horizon, done, attempt);
    const keys_deleted = await goneKeys(ports, horizon, attempt);
    const dead_letters = await counted(attempt, () => deleteDeadLetters(query, dead_letter_hours, CHUNK));
    const details = await oldDetails(ports, detail_hours, attempt);
    while (!attempt.signal.aborted && (await deleteOldPractices(query, PRACTICES)) === PRACTICES);
    for (const what of restOfCleanup) await counted(attempt, () => deleteOld(query, what, CHUNK));
    if (attempt.signal.aborted) return later("it ran for long: the rest comes next");
    if (busy) return later("the tables were held by others: the rest comes next", 60_000);
    return {
      kind: "success",
      result: { ...done, partitions_made: made.kind === "moved" ? made.rows : 0, keys_deleted, dead_letters, details },
    };
  },
});

interface Done {
  deleted: number;
}

/** Takes a day out. A table of kept rows is thinned until few enough are left to move. */
async function detached(
  ports: TaskPorts,
  day: OldDay,
  horizon: Horizon,
  done: Done,
  attempt: Attempt,
): Promise<Detached> {
  const first = await tried(() => detachTaskDay(ports.query, day.name, horizon, MOVE_MAX));
  if (first.kind !== "too_many") return first;
  if (!day.kept) return swapTaskDay(ports.query, day.name, horizon, COPY_ROWS, tried, () => !attempt.signal.aborted);
  await thin(ports, day.name, horizon, done, attempt);
  return first;
}

async function thin(ports: TaskPorts, day: string, horizon: Horizon, done: Done, attempt: Attempt): Promise<void> {
  for (let after: string | null = FIRST_ID; after !== null && !attempt.signal.aborted; ) {
    const step = await thinTaskDay(ports.query, day, after, horizon, CHUNK);
    done.deleted += step.deleted;
    after = step.last;
  }
}

async function goneKeys(ports: TaskPorts, horizon: Horizon, attempt: Attempt): Promise<number> {
  let deleted = 0;
  for (let after: string | null = ""; after !== null && !attempt.signal.aborted; ) {
    const step: { deleted: number; last: string | null } = await deleteGoneKeys(
      ports.query,
      after,
      horizon.successBefore,
      CHUNK,
    );
    deleted += step.deleted;
    after = step.last;
  }
  return deleted;
}

/** Deletes in chunks until a chunk isn't full. */
async function counted(attempt: Attempt, step: () => Promise<number>): Promise<number> {
  for (let all = 0; ; ) {
    const deleted = await step();
    all += deleted;
    if (deleted < CHUNK || attempt.signal.aborted) return all;
  }
}

async function oldDetails(ports: TaskPorts, hours: number, attempt: Attempt): Promise<number> {
  for (let all = 0; ; ) {
    const { rounds, details } = await dropDetails(ports.query, hours, CHUNK);
    all += details;
    if (rounds === 0 || attempt.signal.aborted) return all;
  }
}

/** Asks again, after a pause, for a lock that it did not get at once. Statements that waited behind it run in the pause. */
async function tried(step: () => Promise<Detached>): Promise<Detached> {
  for (let turn = 1; ; turn++) {
    const out = await step();
    if (out.kind !== "busy" || turn === TRIES) return out;
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}

function later(reason: string, afterMs = 1000): Outcome<never> {
  return { kind: "snooze", afterMs, reason };
}
