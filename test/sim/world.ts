/** The Worker as a whole in the simulation: real entry points, real object classes, simulated bindings. */
import { type ObjectClass, Objects } from "./objects.ts";
import type { Platform } from "./platform.ts";
import type { Batch } from "./queues.ts";
import { SimQueue } from "./queues.ts";

/** The exports of src/index.ts, as the platform sees them. */
interface WorkerModule {
  readonly default: {
    fetch(request: Request, env: unknown, ctx: unknown): Response | Promise<Response>;
    queue(batch: Batch, env: unknown): Promise<void>;
    scheduled(controller: { cron: string; scheduledTime: number }, env: unknown): Promise<void>;
  };
  readonly Arena: ObjectClass;
  readonly Beat: ObjectClass;
  readonly TradingAgent: ObjectClass;
}

export interface Answer {
  /** Null: the connection broke, so the caller doesn't know what happened. */
  readonly status: number | null;
  readonly body: Record<string, unknown>;
}

const OPERATOR_KEY = "the-operator-of-the-simulation";
const MINUTE = 60_000;
const CRON_OUTAGE_MS = { least: 60_000, more: 400_000 };
const STALL_MS = { least: 30_000, more: 900_000 };
const CRON_LATE_MAX_MS = 3000;

/** A wait asks for a minute at most. The rest is for statements that hang, one after the other, and a process that stands still. */
const ANSWER_MAX_MS = 5 * MINUTE;

export class SimWorker {
  readonly #platform: Platform;
  readonly #module: WorkerModule;
  readonly #env: Record<string, unknown>;
  readonly queues: readonly SimQueue[];
  readonly beat: Objects;
  onViolation: (text: string) => void = () => {};
  #cronsBackAt = 0;
  #crons: readonly { cron: string; matches(minuteMs: number): boolean }[] = [];

  constructor(platform: Platform, module: WorkerModule, blockRounds: number) {
    this.#platform = platform;
    this.#module = module;
    const env = () => this.#env;
    const queue = (name: string): SimQueue => {
      const consume = (batch: Batch) => module.default.queue(batch, this.#env);
      return new SimQueue(platform, name, consume, new SimQueue(platform, `${name}-dlq`, consume, null));
    };
    const [agents, trading, recovery] = [queue("agents"), queue("trading"), queue("recovery")];
    this.queues = [agents, trading, recovery];
    this.beat = new Objects(platform, "Beat", module.Beat, env);
    this.#env = {
      ENVIRONMENT: "local",
      DATABASE_URL: "postgresql://sim:sim@db.sim.invalid/sim",
      DATABASE_PROXY_URL: "http://db.sim.invalid/sql",
      OPERATOR_KEY,
      WEBHOOK_LOOPBACK: "true",
      REPLAY_BLOCK_ROUNDS: String(blockRounds),
      VERSION: { id: "simulated-version" },
      AGENTS: agents,
      TRADING: trading,
      RECOVERY: recovery,
      TRADING_AGENT: new Objects(platform, "Agent", module.TradingAgent, env),
      ARENA: new Objects(platform, "Arena", module.Arena, env),
      BEAT: this.beat,
    };
  }

  /** Cron Triggers fire from here on. */
  startCrons(crons: readonly { cron: string; matches(minuteMs: number): boolean }[]): void {
    this.#crons = crons;
    this.#nextMinute();
  }

  stopCrons(): void {
    const { sim, faults } = this.#platform;
    this.#cronsBackAt = sim.now + CRON_OUTAGE_MS.least + faults.detail("cron_outage", "ms") * CRON_OUTAGE_MS.more;
  }

  /** One of the queues delivers nothing for a while. */
  stallQueue(): void {
    const { sim, faults } = this.#platform;
    const queue = this.queues[Math.floor(faults.detail("queue_stalled", "queue") * this.queues.length)];
    queue?.stallUntil(sim.now + STALL_MS.least + faults.detail("queue_stalled", "ms") * STALL_MS.more);
  }

  /** Everything that was stopped goes on. */
  resume(): void {
    this.#cronsBackAt = 0;
    for (const queue of this.queues) queue.stallUntil(0);
  }

  #nextMinute(): void {
    const { sim } = this.#platform;
    const minuteMs = (Math.floor(sim.now / MINUTE) + 1) * MINUTE;
    sim.after(
      minuteMs - sim.now,
      "minute",
      null,
      () => {
        this.#nextMinute();
        if (sim.now < this.#cronsBackAt) return;
        for (const { cron, matches } of this.#crons) {
          if (!matches(minuteMs)) continue;
          this.#fire(cron, minuteMs);
          if (this.#platform.strikes("cron_twice")) this.#fire(cron, minuteMs);
        }
      },
      false,
    );
  }

  #fire(cron: string, scheduledTime: number): void {
    const platform = this.#platform;
    const isolate = platform.isolate("worker", "cron");
    platform.sim.after(platform.sim.random.int(CRON_LATE_MAX_MS), `cron ${cron}`, isolate, () => {
      this.#module.default.scheduled({ cron, scheduledTime }, this.#env).then(
        () => {
          isolate.alive = false;
        },
        (error: Error) => platform.sim.log(`  ${isolate.name} threw: ${error.message.slice(0, 120)}`),
      );
    });
  }

  /** A client's request. */
  request(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer> {
    const platform = this.#platform;
    const { sim } = platform;
    const isolate = platform.isolate("worker", "http");
    const askedAt = sim.now;
    return new Promise((resolve) => {
      const answer = (settled: Answer) => {
        const tookMs = sim.now - askedAt;
        if (tookMs > ANSWER_MAX_MS)
          this.onViolation(`${method} ${path} was answered after ${Math.round(tookMs / 1000)} s`);
        sim.log(`client ${method} ${path.replace(/[0-9a-f-]{24,}/g, (id) => id.slice(-6))} → ${settled.status}`);
        resolve(settled);
      };
      const lost = () => answer({ status: null, body: {} });
      isolate.onDeath.push(() => void sim.after(sim.latency(), "a client's connection breaks", null, lost, false));
      sim.after(sim.latency(), `http ${method} ${path.split("/")[1]}`, isolate, async () => {
        const request = new Request(`https://agonus.sim${path}`, {
          method,
          headers: { authorization: `Bearer ${OPERATOR_KEY}`, "content-type": "application/json", ...headers },
          ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        });
        const ctx = { waitUntil: () => {}, passThroughOnException: () => {} };
        const response = await this.#module.default.fetch(request, this.#env, ctx);
        const text = await response.text();
        const said: unknown = text === "" ? {} : JSON.parse(text);
        const read = typeof said === "object" && said !== null ? Object.fromEntries(Object.entries(said)) : {};
        sim.after(sim.latency(), "answer", null, () => answer({ status: response.status, body: read }), false);
      });
    });
  }
}
