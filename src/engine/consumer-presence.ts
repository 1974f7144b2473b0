/** Reports an isolate as a consumer: its row in `consumers` says, at most every 4 s, that it lives, what it consumed and its code. */
import type { QueueName } from "../core/tasks/queues.ts";
import { storeSeen } from "../db/statements/consumers/seen.ts";
import { describeError } from "../log.ts";
import type { EnginePorts } from "./task.ts";

/** Well below limits.aliveSeconds: a consumer of rounds of 5 s counts as alive all the time. */
const EVERY_MS = 4_000;

export class ConsumerPresence {
  readonly id: string;
  readonly #codeVersion: string;
  #reportedMs = Number.NEGATIVE_INFINITY;
  #batches: Partial<Record<QueueName, number>> = {};
  #tasks = 0;

  constructor(id: string, codeVersion: string) {
    this.id = id;
    this.#codeVersion = codeVersion;
  }

  /** Works through one batch, and reports meanwhile that the consumer lives. */
  async during(
    ports: Pick<EnginePorts, "query" | "log" | "now">,
    queue: QueueName,
    batch: () => Promise<{ tasks: number }>,
  ): Promise<void> {
    this.#batches[queue] = (this.#batches[queue] ?? 0) + 1;
    // The batch does not wait for this report. The end does, because the platform cuts off what still runs after it.
    const first = this.#report(ports);
    const again = setInterval(() => void this.#report(ports), EVERY_MS);
    try {
      this.#tasks += (await batch()).tasks;
    } finally {
      clearInterval(again);
      await first;
    }
  }

  async #report(ports: Pick<EnginePorts, "query" | "log" | "now">): Promise<void> {
    if (ports.now() - this.#reportedMs < EVERY_MS) return;
    this.#reportedMs = ports.now();
    const [batches, tasks] = [this.#batches, this.#tasks];
    this.#batches = {};
    this.#tasks = 0;
    try {
      await storeSeen(ports.query, this.id, this.#codeVersion, batches, tasks);
    } catch (error) {
      ports.log({ event: "fault", where: "consumer.seen", ...describeError(error) });
    }
  }
}
