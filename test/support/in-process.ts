/**
 * The real code on a real PostgreSQL, in one Node process: queues are lists, and objects are plain instances without
 * storage. Tests that need only SQL and order run here in milliseconds; test/workers holds those that need workerd.
 */
import { uuidv7 } from "uuidv7";
import { limits } from "../../src/core/limits.ts";
import { seededRandom } from "../../src/core/random.ts";
import type { QueueName } from "../../src/core/tasks/queues.ts";
import { signed } from "../../src/core/tasks/signed.ts";
import type { Query } from "../../src/db/query.ts";
import { readTask } from "../../src/db/statements/tasks/read.ts";
import { consume } from "../../src/engine/consume.ts";
import { enqueueTask, sharedPlainTasks } from "../../src/engine/enqueue.ts";
import { enqueueMany } from "../../src/engine/enqueue-many.ts";
import type { LogEvent } from "../../src/log.ts";
import { marketSources } from "../../src/markets/registry.ts";
import type { Ports } from "../../src/ports.ts";
import { advance } from "../../src/rounds/advance.ts";
import { BlockNotes } from "../../src/rounds/block/notes.ts";
import { playEntry } from "../../src/rounds/block/play.ts";
import { beginCall, type StoredCall, stepCall } from "../../src/rounds/doors/webhook/job.ts";
import { MarketViews } from "../../src/rounds/market-view.ts";
import { roundHandlers } from "../../src/rounds/messages/handlers.ts";
import type { SentMessage } from "../../src/rounds/messages/schemas.ts";
import type { AgentPort, DecisionReply, DecisionRequest } from "../../src/rounds/ports.ts";
import { wholeView } from "../../src/strategies/carried-view.ts";
import { isStrategyKey, strategies } from "../../src/strategies/registry.ts";
import { taskRegistry } from "../../src/tasks/registry.ts";
import { schedules } from "../../src/tasks/schedules.ts";
import { testWebhooks } from "./webhooks/webhooks.ts";

interface TaskOutcome {
  readonly state: string;
  readonly result: Record<string, unknown> | null;
}

export interface InProcess {
  readonly ports: Ports;
  readonly queued: { queue: QueueName; message: SentMessage }[];
  readonly events: LogEvent[];
  /** The calls of webhooks that are under way, by entry. */
  readonly calls: Map<string, StoredCall>;
  /** Steps each of those calls once, as the alarm of its object does. */
  stepCalls(): Promise<void>;
  /** Delivers one batch after another until the queues are empty, at most `most` batches. */
  drain(most?: number): Promise<void>;
  /** Enqueues a task, throws away what was queued before, and runs the task's message. Answers with the task's row. */
  runTask(name: string, args?: Record<string, unknown>): Promise<TaskOutcome | undefined>;
  /** Replaces the answer of an entry. */
  answer(entryId: string, how: (request: DecisionRequest) => DecisionReply | Promise<DecisionReply>): void;
}

export function inProcess(query: Query, seed = "1", webhooks = testWebhooks("a deployment's secret")): InProcess {
  const queued: InProcess["queued"] = [];
  const events: LogEvent[] = [];
  const answers = new Map<string, (request: DecisionRequest) => DecisionReply | Promise<DecisionReply>>();
  const random = seededRandom(seed);
  const agent = (entryId: string): AgentPort => ({
    async decide(request) {
      const own = answers.get(entryId);
      if (own) return own(request);
      if (!isStrategyKey(request.strategy))
        return { kind: "failed", code: "agent.unknown_strategy", message: "unknown" };
      return { kind: "choice", choice: strategies[request.strategy].decide(wholeView(request.view)), recovered: false };
    },
    async playBlock(request) {
      if (!isStrategyKey(request.strategy)) return { choices: [], cash: [] };
      return playEntry(request, strategies[request.strategy].decide);
    },
    async think() {
      return { kind: "thinking" };
    },
    async call(job) {
      run.calls.set(entryId, beginCall(job, run.calls.get(entryId) ?? null, ports.webhooks.clock()));
    },
    async restore() {},
    async wake() {},
    async rest() {},
  });
  const ports: Ports = {
    query,
    schedules,
    tasks: taskRegistry,
    plainTasks: sharedPlainTasks(),
    newId: uuidv7,
    random: () => random.next(),
    now: () => performance.now(),
    markets: marketSources,
    views: new MarketViews(),
    blocks: new BlockNotes(),
    blockRounds: 0,
    venue: (name) => {
      throw new Error(`no venue ${name} in this test`);
    },
    agent,
    send: async (queue, messages) => {
      for (const message of messages) queued.push({ queue, message });
      return true;
    },
    log: (event) => events.push(event),
    by: signed("test", "test-version"),
    codeVersion: "test-version",
    correlationId: null,
    retention: { successHours: limits.retainSuccessHours, failureHours: limits.retainFailureHours },
    enqueue: (name, args, options) => enqueueTask(ports, name, args, options),
    enqueueMany: (name, all, options) => enqueueMany(ports, name, all, options),
    wakeArena: async (tournamentId) => {
      await advance(ports, tournamentId);
    },
    takeAnswers: async (tournamentId) => (await advance(ports, tournamentId)).awaited,
    askArena: async (_, after) => ({ latest: after, isOver: false }),
    webhooks,
    wakeBeat: async () => {},
    busyQueues: async () => [],
  };
  const run: InProcess = {
    ports,
    queued,
    events,
    calls: new Map(),
    async stepCalls() {
      await Promise.all(
        [...run.calls].map(async ([entryId, call]) => {
          const stepped = await stepCall(ports, call);
          if (stepped.kind === "over") run.calls.delete(entryId);
          else run.calls.set(entryId, stepped.call);
        }),
      );
    },
    async drain(most = 100_000) {
      for (let batch = 0; batch < most; batch++) {
        const next = queued.shift();
        if (!next) return;
        let again = false;
        await consume(ports, roundHandlers, `agonus-${next.queue}`, [
          {
            id: uuidv7(),
            body: next.message,
            attempts: 1,
            ack: () => {},
            retry: () => {
              again = true;
            },
          },
        ]);
        if (again) queued.push(next);
      }
    },
    async runTask(name, args = {}) {
      const { taskId } = await ports.enqueue(name, args);
      queued.length = 0;
      queued.push({ queue: "agents", message: { type: "tasks", task_ids: [taskId] } });
      await run.drain(1);
      const task = await readTask(query, taskId);
      return task === null ? undefined : { state: task.state, result: task.result };
    },
    answer: (entryId, how) => void answers.set(entryId, how),
  };
  return run;
}
