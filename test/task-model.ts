/**
 * What tasks are, in a few lines of plain code, beside the real statements: random sequences are played to both, and
 * after every step the rows must say what the model says. Time is the test's; a crash is a worker that says nothing more.
 */
import { uuidv7 } from "uuidv7";
import { limits } from "../src/core/limits.ts";
import { seededRandom } from "../src/core/random.ts";
import type { Query } from "../src/db/query.ts";
import { cancelTask } from "../src/db/statements/task-cancel.ts";
import { claimTasks } from "../src/db/statements/task-claim.ts";
import { type Ending, finishTask } from "../src/db/statements/task-finish.ts";
import { heartbeat } from "../src/db/statements/task-heartbeat.ts";
import { insertTask } from "../src/db/statements/task-insert.ts";
import { retryTask } from "../src/db/statements/task-retry.ts";
import { claimUnsent, sweepLeases } from "../src/db/statements/task-sweep.ts";
import { insertUnique } from "../src/db/statements/task-unique.ts";
import type { TestClock } from "./builders.ts";

interface Task {
  id: string;
  key: string | null;
  /** Of tasks with one key, the one that has it now. */
  holds: boolean;
  state: "PENDING" | "STARTED" | "RETRY" | "SUCCESS" | "FAILURE" | "REVOKED";
  attempt: number;
  token: string | null;
  leaseUntil: number;
  lost: number;
  due: number;
  sentAt: number | null;
  sends: number;
  cancel: boolean;
}

const LEASE = 20;
const endings = ["success", "retry", "snooze", "failure", "cancel"] as const;
const ending = (kind: (typeof endings)[number]): Ending => ({
  state: ({ success: "SUCCESS", retry: "RETRY", snooze: "RETRY", failure: "FAILURE", cancel: "REVOKED" } as const)[
    kind
  ],
  result: kind === "success" ? { done: true } : null,
  error:
    kind === "retry" || kind === "failure" ? { class: "Outcome", code: "task.failed", message: "it failed" } : null,
  afterMs: kind === "retry" ? 30_000 : 0,
  givesAttemptBack: kind === "snooze",
  why: kind,
});

/** Null when all steps agreed; else the first disagreement. `base` sets and reads, `query` runs the statements. */
export async function play(
  base: Query,
  query: Query,
  clock: TestClock,
  seed: string,
  steps: number,
): Promise<string | null> {
  const random = seededRandom(seed);
  const tasks: Task[] = [];
  const tokens = Array.from({ length: 4 }, uuidv7);
  const pick = <T>(items: readonly T[]): T | undefined => items[random.int(Math.max(1, items.length))];
  const open = (task: Task) => task.state === "PENDING" || task.state === "RETRY";

  async function enqueue(): Promise<string | null> {
    const key = random.next() < 0.6 ? `key ${random.int(3)}` : null;
    const countdown = random.next() < 0.3 ? 15 : 0;
    const known = key === null ? undefined : tasks.find((task) => task.key === key && task.holds);
    const fresh = {
      id: uuidv7(),
      name: "model",
      queue: "agents",
      args: {},
      maxAttempts: 4,
      tournamentId: null,
      entryId: null,
    };
    const both = await Promise.all(
      [fresh, { ...fresh, id: uuidv7() }].slice(0, key === null ? 1 : 2).map((task) =>
        insertTask(query, {
          ...task,
          key,
          countdownSeconds: countdown,
          correlationId: null,
          by: "model",
          failed: null,
        }),
      ),
    );
    const inserted = both.filter((one) => one.inserted);
    if (inserted.length !== (known ? 0 : 1)) return `${inserted.length} tasks of one key were stored`;
    if (new Set(both.map((one) => one.id)).size !== 1 || (known && both[0]?.id !== known.id))
      return "two tasks hold one key";
    const id = inserted[0]?.id;
    if (id) {
      const now = clock.now();
      tasks.push({
        id,
        key,
        holds: true,
        state: "PENDING",
        attempt: 0,
        token: null,
        leaseUntil: 0,
        lost: 0,
        due: now + countdown * 1000,
        sentAt: countdown ? null : now,
        sends: countdown ? 0 : 1,
        cancel: false,
      });
    }
    return null;
  }

  async function claim(): Promise<string | null> {
    const token = pick(tokens) ?? "";
    const now = clock.now();
    const expected = tasks.filter(
      (task) =>
        (open(task) && task.due <= now) ||
        (task.state === "STARTED" &&
          (task.token === token || (task.leaseUntil < now && !task.cancel && task.lost + 1 < limits.lostLeasesMax))),
    );
    const claimed = await claimTasks(
      query,
      tasks.map((task) => task.id),
      token,
      LEASE,
      "model",
    );
    for (const task of expected) {
      if (task.state === "STARTED" && task.token !== token) task.lost++;
      if (task.state !== "STARTED") task.attempt++;
      Object.assign(task, { state: "STARTED", token, leaseUntil: now + LEASE * 1000 });
    }
    return same(
      "claimed",
      claimed.map((task) => task.id),
      expected.map((task) => task.id),
    );
  }

  async function beat(): Promise<string | null> {
    const task = pick(tasks);
    const token = random.next() < 0.7 ? task?.token : pick(tokens);
    if (!task || !token) return null;
    const holds = task.state === "STARTED" && task.token === token;
    const said = await heartbeat(query, task.id, token, LEASE, 0.5);
    if (holds) task.leaseUntil = clock.now() + LEASE * 1000;
    return same("heartbeat", [said], [holds ? (task.cancel ? "cancelled" : "goes_on") : "superseded"]);
  }

  async function finish(): Promise<string | null> {
    const task = pick(tasks);
    const token = random.next() < 0.7 ? task?.token : pick(tokens);
    const kind = pick(endings) ?? "success";
    if (!task || !token) return null;
    const holds = task.state === "STARTED" && task.token === token;
    const stored = await finishTask(query, task.id, token, ending(kind), "model");
    if (holds) {
      const end = ending(kind);
      const again = end.state === "RETRY" && !task.cancel;
      if (end.givesAttemptBack) task.attempt--;
      else task.lost = 0;
      Object.assign(task, { token: null, state: end.state === "RETRY" && task.cancel ? "REVOKED" : end.state });
      if (again) Object.assign(task, { due: clock.now() + end.afterMs, sentAt: null, sends: 0 });
    }
    return same("finished", [String(stored)], [String(holds)]);
  }

  async function cancel(): Promise<string | null> {
    const task = pick(tasks);
    if (!task) return null;
    const said = await cancelTask(query, task.id, "model");
    const expected = open(task) ? "revoked" : task.state === "STARTED" ? "asked" : "finished";
    if (expected !== "finished") task.cancel = true;
    if (expected === "revoked") task.state = "REVOKED";
    return same("cancelled", [said.kind], [expected]);
  }

  async function retry(): Promise<string | null> {
    const task = pick(tasks);
    if (!task) return null;
    const countdown = random.next() < 0.3 ? 15 : 0;
    const said = await retryTask(query, task.id, countdown, "model");
    const done = !open(task) && task.state !== "STARTED";
    const expected = !done ? "not_finished" : task.key !== null && !task.holds ? "key_taken" : "retried";
    if (expected === "retried") {
      const now = clock.now();
      Object.assign(task, { state: "PENDING", attempt: 0, lost: 0, cancel: false, due: now + countdown * 1000 });
      Object.assign(task, { sentAt: countdown ? null : now, sends: countdown ? 0 : 1 });
    }
    return same("retried", [said.kind], [expected]);
  }

  async function replace(): Promise<string | null> {
    const key = `key ${random.int(3)}`;
    const countdown = random.next() < 0.3 ? 15 : 0;
    const task = {
      ...{ id: uuidv7(), name: "model", queue: "agents", args: {}, maxAttempts: 4, tournamentId: null, entryId: null },
      ...{ key, countdownSeconds: countdown, correlationId: null, by: "model", failed: null },
    };
    const made = await insertUnique(query, task, "replace");
    const now = clock.now();
    const old = tasks.find((one) => one.key === key && one.holds);
    // What runs is asked to cancel, and the new one isn't due before its lease has ended.
    const due = Math.max(now + countdown * 1000, old?.state === "STARTED" ? old.leaseUntil : 0);
    if (old) {
      if (open(old)) old.state = "REVOKED";
      else if (old.state === "STARTED") old.cancel = true;
      old.holds = false;
    }
    const later = due > now;
    tasks.push({
      ...{ id: task.id, key, holds: true, state: "PENDING", attempt: 0, token: null, leaseUntil: 0, lost: 0, due },
      ...{ sentAt: later ? null : now, sends: later ? 0 : 1, cancel: false },
    });
    return same("replaced", [made.id, made.held?.id ?? ""], [task.id, old?.id ?? ""]);
  }

  async function sweep(): Promise<string | null> {
    const now = clock.now();
    const lost = tasks.filter((task) => task.state === "STARTED" && task.leaseUntil < now);
    const swept = await sweepLeases(query, 100, limits.lostLeasesMax, "model");
    for (const task of lost) {
      task.lost++;
      task.attempt--;
      const state = task.cancel ? "REVOKED" : task.lost >= limits.lostLeasesMax ? "FAILURE" : "RETRY";
      Object.assign(task, { state, token: null, due: now, sentAt: null, sends: 0 });
    }
    const wrong = same(
      "swept",
      swept.map((task) => task.id),
      lost.map((task) => task.id),
    );
    if (wrong) return wrong;
    const wait = (task: Task) => Math.min(300, 20 * 2 ** (Math.min(task.sends, 6) - 1)) * 1000;
    const unsent = tasks.filter(
      (task) => open(task) && task.due <= now && (task.sentAt === null || task.sentAt < now - wait(task)),
    );
    const sent = await claimUnsent(query, 100, []);
    for (const task of unsent) Object.assign(task, { sentAt: now, sends: task.sends + 1 });
    return same(
      "sent",
      sent.map((task) => task.id),
      unsent.map((task) => task.id),
    );
  }

  async function lapse(): Promise<null> {
    await clock.add((1 + random.int(25)) * 1000);
    return null;
  }

  const moves = [
    enqueue,
    claim,
    claim,
    claim,
    beat,
    beat,
    finish,
    cancel,
    retry,
    replace,
    sweep,
    sweep,
    lapse,
    lapse,
    lapse,
  ];
  for (let step = 0; step < steps; step++) {
    const move = pick(moves) ?? lapse;
    const wrong = (await move().catch((error: unknown) => String(error))) ?? (await compare(base, tasks));
    if (wrong) return `step ${step}, ${move.name}: ${wrong}`;
  }
  return null;
}

function same(what: string, got: readonly string[], expected: readonly string[]): string | null {
  const [a, b] = [[...got].sort().join(), [...expected].sort().join()];
  return a === b ? null : `${what} [${a}], not [${b}]`;
}

async function compare(query: Query, tasks: readonly Task[]): Promise<string | null> {
  const rows = await query<Record<string, unknown>>(
    `select id, state, attempt, token, lost_leases, agonus_ms(due_at) as due, jsonb_array_length(history) as history from tasks order by id`,
  );
  const told = rows.map((row) => [row.id, row.state, row.attempt, row.token, row.lost_leases, row.due].join(" "));
  const wrong = same(
    "rows",
    told,
    tasks.map((t) => [t.id, t.state, t.attempt, t.token, t.lost, t.due].join(" ")),
  );
  const long = rows.find((row) => Number(row.history) > limits.historyItemsMax);
  return wrong ?? (long ? `a history of ${long.history} lines` : null);
}
