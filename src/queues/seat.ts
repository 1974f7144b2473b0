/** A consumer's seat: an isolate says at most every 10 s that it is there, what it took, and with which code. */
import type { QueueName } from "../core/message.ts";
import { storeSeen } from "../db/statements/consumer-seen.ts";
import { describeError } from "../log.ts";
import type { TaskPorts } from "../tasks/define.ts";

const EVERY_MS = 10_000;

export class Seat {
  readonly id: string;
  readonly #codeVersion: string;
  #saidMs = Number.NEGATIVE_INFINITY;
  #batches: Partial<Record<QueueName, number>> = {};
  #tasks = 0;

  constructor(id: string, codeVersion: string) {
    this.id = id;
    this.#codeVersion = codeVersion;
  }

  /** Works through one batch, and says in between that it lives. */
  async during(
    ports: Pick<TaskPorts, "query" | "log" | "now">,
    queue: QueueName,
    batch: () => Promise<{ tasks: number }>,
  ): Promise<void> {
    this.#batches[queue] = (this.#batches[queue] ?? 0) + 1;
    // Beside the batch, which must not wait for it; its end waits for it, or it would be cut off.
    const first = this.#say(ports);
    const again = setInterval(() => void this.#say(ports), EVERY_MS);
    try {
      this.#tasks += (await batch()).tasks;
    } finally {
      clearInterval(again);
      await first;
    }
  }

  async #say(ports: Pick<TaskPorts, "query" | "log" | "now">): Promise<void> {
    if (ports.now() - this.#saidMs < EVERY_MS) return;
    this.#saidMs = ports.now();
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
