/**
 * The call of a webhook that an entry's object has under way. Storage key: `call`, the StoredCall. It is stored before the first
 * call, so that it survives an eviction.
 */
import type { Env } from "../src/env.ts";
import { makePorts } from "../src/ports.ts";
import { beginCall, type StoredCall, stepCall } from "../src/rounds/doors/webhook/job.ts";
import type { WebhookJob } from "../src/rounds/ports.ts";

export class WebhookCalls {
  readonly #storage: DurableObjectStorage;
  readonly #env: Env;

  constructor(storage: DurableObjectStorage, env: Env) {
    this.#storage = storage;
    this.#env = env;
  }

  async begin(job: WebhookJob): Promise<void> {
    const known = (await this.#storage.get<StoredCall>("call")) ?? null;
    await this.#storage.put("call", beginCall(job, known, Date.now()));
  }

  /** When it is to be stepped next. Null: no call is under way. Epoch milliseconds. */
  async dueAt(now: number): Promise<number | null> {
    const call = await this.#storage.get<StoredCall>("call");
    if (!call) return null;
    return Math.min(Math.max(call.nextAt, now), now + (call.leaseSeconds * 1000) / 3);
  }

  async step(): Promise<void> {
    const call = await this.#storage.get<StoredCall>("call");
    if (!call) return;
    const stepped = await stepCall(makePorts(this.#env, call.correlationId ?? null), call);
    // A job that has taken its place meanwhile is left alone.
    if ((await this.#storage.get<StoredCall>("call"))?.token !== call.token) return;
    if (stepped.kind === "over") await this.#storage.delete("call");
    else await this.#storage.put("call", stepped.call);
  }
}
