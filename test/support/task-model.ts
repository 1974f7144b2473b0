/**
 * A model of tasks in a few lines of plain code, beside the real statements. Random sequences of commands are played to
 * both, and after each command the rows must equal the model. Time is the test's. A crash is a worker that stops answering.
 */
import fc from "fast-check";
import { uuidv7 } from "uuidv7";
import { limits } from "../../src/core/limits.ts";
import type { Query } from "../../src/db/query.ts";
import { cancelTask } from "../../src/db/statements/tasks/cancel.ts";
import { claimTasks } from "../../src/db/statements/tasks/claim.ts";
import { editTask } from "../../src/db/statements/tasks/edit.ts";
import { type Ending, finishTask } from "../../src/db/statements/tasks/finish.ts";
import { heartbeat } from "../../src/db/statements/tasks/heartbeat.ts";
import { insertTask } from "../../src/db/statements/tasks/insert.ts";
import { insertUnique } from "../../src/db/statements/tasks/insert-unique.ts";
import { retryTask } from "../../src/db/statements/tasks/retry.ts";
import { claimUnsent, sweepLeases } from "../../src/db/statements/tasks/sweep.ts";
import type { TestClock } from "./builders.ts";

interface Task {
  id: string;
  key: string | null;
  /** The task that holds the key now, among those that had it. */
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

/** The statements run through `query`, which may be a twin. `base` is the unchanged query. */
export interface Real {
  readonly base: Query;
  readonly query: Query;
  readonly clock: TestClock;
}
interface Model {
  readonly tasks: Task[];
  readonly tokens: readonly string[];
}

const open = (task: Task) => task.state === "PENDING" || task.state === "RETRY";
const at = <T>(items: readonly T[], index: number): T => {
  const item = items[index % items.length];
  if (item === undefined) throw new Error("there is none to pick");
  return item;
};
const keyOf = (n: number) => `key ${n}`;
const fresh = (key: string | null, countdownSeconds: number) => ({
  id: uuidv7(),
  name: "model",
  queue: "agents" as const,
  args: {},
  maxAttempts: 4,
  scope: null,
  subject: null,
  survivesLostLeases: false,
  key,
  countdownSeconds,
  correlationId: null,
  by: "model",
  failed: null,
});
const stored = (id: string, key: string | null, due: number, now: number): Task => ({
  id,
  key,
  holds: true,
  state: "PENDING",
  attempt: 0,
  token: null,
  leaseUntil: 0,
  lost: 0,
  due,
  sentAt: due > now ? null : now,
  sends: due > now ? 0 : 1,
  cancel: false,
});

/** Answers how the rows differ from the model, or null. */
type Play<A> = (args: A, model: Model, real: Real) => Promise<string | null>;

const enqueue: Play<{ key: number | null; later: boolean }> = async (
  { key: n, later },
  { tasks },
  { query, clock },
) => {
  const key = n === null ? null : keyOf(n);
  const countdown = later ? 15 : 0;
  const known = key === null ? undefined : tasks.find((task) => task.key === key && task.holds);
  // A task with a key is enqueued twice at once.
  const both = await Promise.all((key === null ? [1] : [1, 2]).map(() => insertTask(query, fresh(key, countdown))));
  const inserted = both.filter((one) => one.inserted);
  if (inserted.length !== (known ? 0 : 1)) return `${inserted.length} tasks of one key were stored`;
  if (new Set(both.map((one) => one.id)).size !== 1 || (known && both[0]?.id !== known.id))
    return "two tasks hold one key";
  const now = clock.now();
  for (const { id } of inserted) tasks.push(stored(id, key, now + countdown * 1000, now));
  return null;
};

const claim: Play<{ by: number }> = async ({ by }, { tasks, tokens }, { query, clock }) => {
  const token = at(tokens, by);
  const now = clock.now();
  const expected = tasks.filter(
    (task) =>
      (open(task) && task.due <= now) ||
      (task.state === "STARTED" &&
        (task.token === token || (task.leaseUntil < now && !task.cancel && task.lost + 1 < limits.lostLeasesMax))),
  );
  const ids = tasks.map((task) => task.id);
  const claimed = await claimTasks(query, ids, token, LEASE, "model");
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
};

interface Worker {
  readonly task: number;
  /** Null: the worker that holds the task. */
  readonly by: number | null;
}
const worker = ({ task: n, by }: Worker, { tasks, tokens }: Model) => {
  const task = at(tasks, n);
  const token = by === null ? task.token : at(tokens, by);
  return { task, token, holds: token !== null && task.state === "STARTED" && task.token === token };
};

const beat: Play<Worker> = async (args, model, { query, clock }) => {
  const { task, token, holds } = worker(args, model);
  if (token === null) return null;
  const said = await heartbeat(query, task.id, token, LEASE, 0.5);
  if (holds) task.leaseUntil = clock.now() + LEASE * 1000;
  return same("heartbeat", [said], [holds ? (task.cancel ? "cancelled" : "goes_on") : "superseded"]);
};

const finish: Play<Worker & { how: (typeof endings)[number] }> = async (args, model, { query, clock }) => {
  const { task, token, holds } = worker(args, model);
  if (token === null) return null;
  const end = ending(args.how);
  const done = await finishTask(query, task.id, token, end, "model");
  if (holds) {
    const again = end.state === "RETRY" && !task.cancel;
    if (end.givesAttemptBack) task.attempt--;
    else task.lost = 0;
    Object.assign(task, { token: null, state: end.state === "RETRY" && task.cancel ? "REVOKED" : end.state });
    if (again) Object.assign(task, { due: clock.now() + end.afterMs, sentAt: null, sends: 0 });
  }
  return same("finished", [String(done)], [String(holds)]);
};

const cancel: Play<{ task: number }> = async (args, { tasks }, { query }) => {
  const task = at(tasks, args.task);
  const said = await cancelTask(query, task.id, "model");
  const expected = open(task) ? "revoked" : task.state === "STARTED" ? "asked" : "finished";
  if (expected !== "finished") task.cancel = true;
  if (expected === "revoked") task.state = "REVOKED";
  return same("cancelled", [said.kind], [expected]);
};

const retry: Play<{ task: number; later: boolean }> = async (args, { tasks }, { query, clock }) => {
  const task = at(tasks, args.task);
  const countdown = args.later ? 15 : 0;
  const said = await retryTask(query, task.id, countdown, "model");
  const done = !open(task) && task.state !== "STARTED";
  const expected = !done ? "not_finished" : task.key !== null && !task.holds ? "key_taken" : "retried";
  if (expected === "retried") {
    const now = clock.now();
    const { due, sentAt, sends } = stored(task.id, task.key, now + countdown * 1000, now);
    Object.assign(task, { state: "PENDING", attempt: 0, lost: 0, cancel: false, due, sentAt, sends });
  }
  return same("retried", [said.kind], [expected]);
};

const edit: Play<{ task: number; later: boolean }> = async (args, { tasks }, { query, clock }) => {
  const task = at(tasks, args.task);
  const countdown = args.later ? 15 : 0;
  const said = await editTask(query, task.id, { args: null, countdownSeconds: countdown }, "model");
  if (open(task)) {
    const now = clock.now();
    const { due, sentAt, sends } = stored(task.id, task.key, now + countdown * 1000, now);
    Object.assign(task, { due, sentAt, sends });
    return same("edited", [said.kind], ["edited"]);
  }
  return same("edited", [said.kind], ["not_waiting"]);
};

const replace: Play<{ key: number; later: boolean }> = async ({ key: n, later }, { tasks }, { query, clock }) => {
  const key = keyOf(n);
  const task = { ...fresh(key, later ? 15 : 0), key };
  const made = await insertUnique(query, task, "replace");
  const now = clock.now();
  const old = tasks.find((one) => one.key === key && one.holds);
  // A running task is asked to cancel, and the new one isn't due before the lease of the old one has ended.
  const due = Math.max(now + task.countdownSeconds * 1000, old?.state === "STARTED" ? old.leaseUntil : 0);
  if (old) {
    if (open(old)) old.state = "REVOKED";
    else if (old.state === "STARTED") old.cancel = true;
    old.holds = false;
  }
  tasks.push(stored(task.id, key, due, now));
  return same("replaced", [made.id, made.held?.id ?? ""], [task.id, old?.id ?? ""]);
};

const sweep: Play<null> = async (_, { tasks }, { query, clock }) => {
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
};

const lapse: Play<{ seconds: number }> = async ({ seconds }, _, { clock }) => {
  await clock.add(seconds * 1000);
  return null;
};

class Step<A> implements fc.AsyncCommand<Model, Real> {
  readonly #play: Play<A>;
  readonly #args: A;
  readonly #ofATask: boolean;

  constructor(play: Play<A>, args: A, ofATask: boolean) {
    this.#play = play;
    this.#args = args;
    this.#ofATask = ofATask;
  }

  check({ tasks }: Readonly<Model>): boolean {
    return !this.#ofATask || tasks.length > 0;
  }

  async run(model: Model, real: Real): Promise<void> {
    const wrong = await this.#play(this.#args, model, real);
    const differs = wrong ?? (await compare(real.base, model.tasks));
    if (differs) throw new Error(differs);
  }

  toString(): string {
    return `${this.#play.name}(${JSON.stringify(this.#args)})`;
  }
}

const step = <A>(play: Play<A>, args: fc.Arbitrary<A>, ofATask = false) =>
  args.map((given) => new Step(play, given, ofATask));
const key = fc.integer({ min: 0, max: 2 });
const later = fc.boolean();
const task = fc.nat({ max: 15 });
const token = fc.nat({ max: 3 });
const by = fc.option(token, { freq: 3 });
const steps: fc.Arbitrary<fc.AsyncCommand<Model, Real>>[] = [
  step(enqueue, fc.record({ key: fc.option(key), later })),
  ...[1, 2, 3].map(() => step(claim, fc.record({ by: token }))),
  ...[1, 2].map(() => step(beat, fc.record({ task, by }), true)),
  step(finish, fc.record({ task, by, how: fc.constantFrom(...endings) }), true),
  step(cancel, fc.record({ task }), true),
  step(retry, fc.record({ task, later }), true),
  step(edit, fc.record({ task, later }), true),
  step(replace, fc.record({ key, later })),
  ...[1, 2].map(() => step(sweep, fc.constant(null))),
  ...[1, 2, 3].map(() => step(lapse, fc.record({ seconds: fc.integer({ min: 1, max: 25 }) }))),
];

/** Each sequence starts without a task. A failing sequence is shrunk, and reported with its seed. */
export function livesOfTasks(real: Real, maxCommands: number) {
  return fc.asyncProperty(fc.commands(steps, { maxCommands, size: "max" }), async (commands) => {
    await real.base("delete from tasks");
    await real.base("delete from task_keys");
    const model = { tasks: [], tokens: Array.from({ length: 4 }, uuidv7) };
    await fc.asyncModelRun(() => ({ model, real }), commands);
  });
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
