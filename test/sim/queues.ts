/** The platform's queues: at least once, in any order, in batches, with redelivery and a dead-letter queue each. */
import type { Platform } from "./platform.ts";

interface Message {
  readonly id: string;
  readonly body: string;
  at: number;
  attempts: number;
  held: boolean;
}

export interface Batch {
  readonly queue: string;
  readonly messages: readonly {
    readonly id: string;
    readonly body: unknown;
    readonly attempts: number;
    ack(): void;
    retry(options?: { delaySeconds?: number }): void;
  }[];
}

/** The settings of wrangler.toml, with smaller batches, which meet each other more often. */
const SETTINGS = {
  batchMax: 8,
  retriesMax: 5,
  retrySeconds: 2,
  sideBySide: 4,
  deadRetrySeconds: 30,
  deadRetriesMax: 10,
};
/** How long the platform takes to notice that an invocation is gone. */
const REDELIVERY_MS = 5000;
const DELAY_MAX_MS = 45_000;

export class SimQueue {
  readonly #platform: Platform;
  readonly #name: string;
  readonly #consume: (batch: Batch) => Promise<void>;
  readonly #dead: SimQueue | null;
  readonly #messages: Message[] = [];
  #running = 0;
  #stalledUntil = 0;
  #ids = 0;

  constructor(platform: Platform, name: string, consume: (batch: Batch) => Promise<void>, dead: SimQueue | null) {
    this.#platform = platform;
    this.#name = name;
    this.#consume = consume;
    this.#dead = dead;
  }

  get waiting(): number {
    return this.#messages.length;
  }

  /** Delivers nothing before that time; 0: at once. */
  stallUntil(ms: number): void {
    this.#stalledUntil = Math.floor(ms);
    this.#pumpAt(Math.max(this.#stalledUntil, this.#platform.sim.now));
  }

  async sendBatch(batch: Iterable<{ body: unknown; delaySeconds?: number }>): Promise<void> {
    const messages = [...batch].map(({ body, delaySeconds = 0 }) => ({ body: JSON.stringify(body), delaySeconds }));
    const platform = this.#platform;
    const hangs = platform.strikes("send_hangs");
    await platform.effect(
      `send ${this.#name} ×${messages.length}`,
      () => {
        const fails = platform.strikes("send_failed");
        const stores = !fails || platform.faults.detail("send_failed", "stored") < 0.5;
        if (stores) for (const { body, delaySeconds } of messages) this.#accept(body, delaySeconds * 1000);
        if (fails) throw new Error("Queue send failed: internal error");
      },
      hangs ? 60_000 : 0,
    );
  }

  async metrics(): Promise<{ backlogCount: number; backlogBytes: number; oldestMessageTimestamp?: Date }> {
    return { backlogCount: this.#messages.length, backlogBytes: 0 };
  }

  #accept(body: string, delayMs: number): void {
    const platform = this.#platform;
    if (platform.strikes("message_dropped")) return;
    const twice = platform.strikes("message_duplicated");
    const late = platform.strikes("message_delayed");
    const more = late ? platform.faults.detail("message_delayed", "ms") * DELAY_MAX_MS : 0;
    this.#store(body, delayMs + more);
    if (twice) this.#store(body, delayMs + platform.faults.detail("message_duplicated", "ms") * DELAY_MAX_MS);
  }

  #store(body: string, delayMs: number): void {
    const at = this.#platform.sim.now + Math.floor(delayMs);
    this.#messages.push({ id: `${this.#name}-${++this.#ids}`, body, at, attempts: 0, held: false });
    this.#pumpAt(at);
  }

  #pumpAt(at: number): void {
    const { sim } = this.#platform;
    sim.after(Math.max(0, at - sim.now) + sim.latency(), `deliver ${this.#name}`, null, () => this.#deliver(), false);
  }

  #deliver(): void {
    const platform = this.#platform;
    const { sim } = platform;
    const ready = this.#messages.filter((message) => !message.held && message.at <= sim.now);
    if (ready.length === 0 || this.#running >= SETTINGS.sideBySide || sim.now < this.#stalledUntil) return;
    if (platform.strikes("messages_reordered")) {
      for (let i = ready.length - 1; i > 0; i--) {
        const j = sim.random.int(i + 1);
        const [a, b] = [ready[i], ready[j]];
        if (a && b) [ready[i], ready[j]] = [b, a];
      }
    }
    const taken = ready.slice(0, 1 + sim.random.int(SETTINGS.batchMax));
    if (ready.length > taken.length) this.#pumpAt(sim.now);
    this.#invoke(taken);
  }

  #invoke(taken: readonly Message[]): void {
    const platform = this.#platform;
    const { sim } = platform;
    const isolate = platform.isolate("worker", this.#name);
    const verdicts = new Map<Message, number | "ack">();
    this.#running += 1;
    let over = false;
    const end = (failed: boolean) => {
      if (over) return;
      over = true;
      isolate.alive = false;
      this.#running -= 1;
      // The platform keeps the acks of a batch that failed; Miniflare forgets them.
      const forgotten = failed && verdicts.size > 0 && platform.strikes("acked_again");
      for (const message of taken) {
        const given = verdicts.get(message);
        const verdict = forgotten || given === undefined ? (failed ? this.#retrySeconds : "ack") : given;
        if (verdict === "ack") this.#messages.splice(this.#messages.indexOf(message), 1);
        else this.#again(message, verdict * 1000);
      }
      this.#pumpAt(sim.now);
    };
    for (const message of taken) {
      message.held = true;
      message.attempts += 1;
    }
    isolate.onDeath.push(
      () => void sim.after(REDELIVERY_MS, `${isolate.name} is missed`, null, () => end(true), false),
    );
    const messages = taken.map((message) => ({
      id: message.id,
      body: JSON.parse(message.body) as unknown,
      attempts: message.attempts,
      ack: () => void verdicts.set(message, "ack"),
      retry: (options?: { delaySeconds?: number }) =>
        void verdicts.set(message, options?.delaySeconds ?? this.#retrySeconds),
    }));
    sim.after(
      0,
      `batch ${isolate.name}: ${taken.map(({ id, body }) => `${id} ${body.slice(0, 24)}`).join(", ")}`,
      isolate,
      () => {
        this.#consume({ queue: `agonus-${this.#name}`, messages }).then(
          () => end(platform.strikes("batch_throws")),
          (error: Error) => {
            sim.log(`  ${isolate.name} threw: ${error.message.slice(0, 120)}`);
            end(true);
          },
        );
      },
    );
  }

  get #retrySeconds(): number {
    return this.#dead ? SETTINGS.retrySeconds : SETTINGS.deadRetrySeconds;
  }

  #again(message: Message, delayMs: number): void {
    const most = this.#dead ? SETTINGS.retriesMax : SETTINGS.deadRetriesMax;
    message.held = false;
    if (message.attempts > most) {
      this.#messages.splice(this.#messages.indexOf(message), 1);
      this.#dead?.bury(message.body);
      return;
    }
    message.at = this.#platform.sim.now + delayMs;
    this.#pumpAt(message.at);
  }

  /** Delivers a dead letter. No fault may lose it. */
  bury(body: string): void {
    this.#store(body, 0);
  }
}
