/**
 * The real code on a real PostgreSQL, in one Node process: queues are lists, objects are plain instances without
 * storage. What needs workerd is tested there; what needs only SQL and order is tested here, in milliseconds.
 */
import { uuidv7 } from "uuidv7";
import { limits } from "../src/core/limits.ts";
import type { Message, QueueName } from "../src/core/message.ts";
import { seededRandom } from "../src/core/random.ts";
import { signed } from "../src/core/signed.ts";
import type { Query } from "../src/db/query.ts";
import type { LogEvent } from "../src/log.ts";
import { marketSources } from "../src/markets/registry.ts";
import { consume } from "../src/queues/consume.ts";
import { enqueueTask, sharedPlainTasks } from "../src/queues/enqueue.ts";
import { enqueueMany } from "../src/queues/enqueue-many.ts";
import { advance } from "../src/rounds/advance.ts";
import { MarketViews } from "../src/rounds/market-view.ts";
import type { AgentPort, DecisionReply, DecisionRequest } from "../src/rounds/ports.ts";
import type { ClockPorts } from "../src/schedules/run-clocks.ts";
import { isStrategyKey, strategies } from "../src/strategies/registry.ts";
import { taskRegistry } from "../src/tasks/registry.ts";

export interface InProcess {
  readonly ports: ClockPorts;
  readonly queued: { queue: QueueName; message: Message }[];
  readonly events: LogEvent[];
  /** Delivers what is queued, one batch after another, until nothing is; at most `most` batches. */
  drain(most?: number): Promise<void>;
  /** Replaces how an entry answers. */
  answer(entryId: string, how: (request: DecisionRequest) => DecisionReply | Promise<DecisionReply>): void;
}

export function inProcess(query: Query, seed = "1"): InProcess {
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
      return { kind: "choice", choice: strategies[request.strategy].decide(request.view), recovered: false };
    },
    async think() {
      return { kind: "thinking" };
    },
    async restore() {},
    async poke() {},
    async rest() {},
  });
  const ports: ClockPorts = {
    query,
    tasks: taskRegistry,
    plainTasks: sharedPlainTasks(),
    newId: uuidv7,
    random: () => random.next(),
    now: () => performance.now(),
    markets: marketSources,
    views: new MarketViews(),
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
    pokeBeat: async () => {},
    busyQueues: async () => [],
  };
  return {
    ports,
    queued,
    events,
    async drain(most = 100_000) {
      for (let batch = 0; batch < most; batch++) {
        const next = queued.shift();
        if (!next) return;
        let again = false;
        await consume(ports, `agonus-${next.queue}`, [
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
    answer: (entryId, how) => void answers.set(entryId, how),
  };
}
