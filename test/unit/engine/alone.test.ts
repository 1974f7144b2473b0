/** The engine without the game: two tasks, a message and a schedule of its own, on a real PostgreSQL. */
import { uuidv7 } from "uuidv7";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import type { QueueName } from "../../../src/core/tasks/queues.ts";
import { signed } from "../../../src/core/tasks/signed.ts";
import { consume } from "../../../src/engine/consume.ts";
import { enqueueTask, sharedPlainTasks } from "../../../src/engine/enqueue.ts";
import { enqueueMany } from "../../../src/engine/enqueue-many.ts";
import { defineHandler } from "../../../src/engine/message-handler.ts";
import { type ClockPorts, onBeat } from "../../../src/engine/schedules/run-clocks.ts";
import type { Schedule } from "../../../src/engine/schedules/schedule.ts";
import { defineTask } from "../../../src/engine/task.ts";
import type { Message } from "../../../src/engine/tasks-message.ts";
import { closeTestServer, openTestDatabase, type TestDatabase } from "../../support/database.ts";
import { importsOf } from "../../support/project-files.ts";

let db: TestDatabase;
beforeAll(async () => {
  db = await openTestDatabase();
});
afterAll(async () => {
  await db.close();
  await closeTestServer();
});

const common = {
  queue: "recovery",
  retry: { retries: 2, baseSeconds: 0, factor: 1, capSeconds: 0, jitterFraction: 0, never: [] },
  softLimitSeconds: 5,
  hardLimitSeconds: 10,
} as const;

/** A task that prints a page. The first attempt for page 2 fails. */
const jammed = new Set<number>();
const printPage = defineTask({
  ...common,
  name: "print_page",
  description: "Prints a page.",
  args: z.object({ page: z.number() }).strict(),
  result: z.object({ printed: z.number() }),
  key: ({ page }) => `page ${page}`,
  async run({ page }) {
    if (page === 2 && !jammed.has(page)) {
      jammed.add(page);
      throw new Error("paper jam");
    }
    return { kind: "success", result: { printed: page } };
  },
});
/** A task that enqueues one task for each page of a book. */
const printBook = defineTask({
  ...common,
  name: "print_book",
  description: "Prints a book.",
  args: z.object({ pages: z.number().default(3) }).strict(),
  result: z.object({ tasks: z.number() }),
  async run({ pages }, ports) {
    const all = Array.from({ length: pages }, (_, n) => ({ page: n + 1 }));
    return { kind: "success", result: { tasks: (await ports.enqueueMany("print_page", all)).length } };
  },
});

const every: Schedule = {
  name: "print_book",
  cron: null,
  everySeconds: 5,
  description: "A book every five seconds",
  overlap: "skip",
  missed: { kind: "skip" },
};

/** A platform in one process, whose queues are lists. */
function press() {
  const queued: { queue: QueueName; message: Message }[] = [];
  const rung: string[][] = [];
  const bell = defineHandler<{ type: "bell"; who: string }>({
    schema: z.object({ type: z.literal("bell"), who: z.string() }),
    isOwedByRows: false,
    groupKey: ({ who }) => who.slice(0, 1),
    size: () => 1,
    async handle(_ports, messages) {
      rung.push(messages.map(({ who }) => who));
      return { tasks: 0 };
    },
  });
  const ports: ClockPorts = {
    query: db.query,
    newId: uuidv7,
    random: () => 0,
    now: () => performance.now(),
    send: async (queue, messages) => {
      for (const message of messages) queued.push({ queue, message });
      return true;
    },
    log: () => {},
    by: signed("press", "1"),
    codeVersion: "1",
    correlationId: null,
    tasks: { print_page: printPage, print_book: printBook },
    plainTasks: sharedPlainTasks(),
    enqueue: (name, args, options) => enqueueTask(ports, name, args, options),
    enqueueMany: (name, all, options) => enqueueMany(ports, name, all, options),
    schedules: [every],
    wakeBeat: async () => {},
    busyQueues: async () => [],
  };
  return {
    ports,
    queued,
    rung,
    async drain() {
      for (let next = queued.shift(); next; next = queued.shift()) {
        const delivery = { id: uuidv7(), body: next.message, attempts: 1, ack() {}, retry() {} };
        await consume(ports, { bell }, `print-${next.queue}`, [delivery]);
      }
    },
    deliver: (bodies: readonly unknown[]) =>
      consume(
        ports,
        { bell },
        "print-agents",
        bodies.map((body) => ({ id: uuidv7(), body, attempts: 1, ack() {}, retry() {} })),
      ),
  };
}

test("a schedule fires a task, which enqueues others; they run, fail, run again and end", async () => {
  const { ports, queued, drain } = press();
  await onBeat(ports);
  await drain();
  await ports.query("update tasks set due_at = agonus_now() where state = 'RETRY'");
  await onBeat(ports);
  await drain();
  expect(
    await db.query("select name, state, attempt, result from tasks where name = 'print_page' order by args->'page'"),
  ).toEqual([
    { name: "print_page", state: "SUCCESS", attempt: 1, result: { printed: 1 } },
    { name: "print_page", state: "SUCCESS", attempt: 2, result: { printed: 2 } },
    { name: "print_page", state: "SUCCESS", attempt: 1, result: { printed: 3 } },
  ]);
  expect(await db.query("select outcome from ticks where schedule = 'print_book' order by due_at limit 1")).toEqual([
    { outcome: "fired" },
  ]);
  expect(queued).toEqual([]);
});

test("messages of the caller's own type reach its handler in groups, and one that no handler can read is kept", async () => {
  const { rung, deliver } = press();
  await deliver([
    { type: "bell", who: "anna" },
    { type: "bell", who: "bert" },
    { type: "bell", who: "arno" },
    { type: "bell" },
    { type: "decide", tournament_id: uuidv7(), entry_ids: [uuidv7()] },
  ]);
  expect(rung.toSorted()).toEqual([["anna", "arno"], ["bert"]]);
  expect(await db.query("select body->>'type' as type, outcome from dead_letters order by 1")).toEqual([
    { type: "bell", outcome: "kept" },
    { type: "decide", outcome: "kept" },
  ]);
});

test("this test imports nothing of the game", () => {
  const game = importsOf("test/unit/engine/alone.test.ts").filter(
    ({ to, own }) => own && !/^src\/(core|engine|db|log)|^test\//.test(to),
  );
  expect(game).toEqual([]);
});
