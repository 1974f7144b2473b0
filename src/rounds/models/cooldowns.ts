/** Who waits after a provider's refusal. The limit of one key delays only the agents that use this key. */
import { ModelFault } from "./fault.ts";

const FIRST_MS = 500;
const MOST_MS = 8000;

export class Cooldowns {
  readonly #until = new Map<string, number>();
  readonly #sleep: (ms: number, signal: AbortSignal) => Promise<void>;

  constructor(sleep: (ms: number, signal: AbortSignal) => Promise<void>) {
    this.#sleep = sleep;
  }

  /** Waits until the account may be called. Throws when the signal ends before. */
  async pass(account: string, signal: AbortSignal, now: () => number): Promise<void> {
    for (;;) {
      const left = (this.#until.get(account) ?? 0) - now();
      if (left <= 0) break;
      await this.#sleep(left, signal);
      if (signal.aborted) throw new ModelFault("unavailable", "The provider's limit lasted longer than the round.");
    }
    this.#until.delete(account);
  }

  /** Has the whole account wait, as its provider says. */
  block(account: string, untilMs: number): void {
    this.#until.set(account, Math.max(this.#until.get(account) ?? 0, untilMs));
  }

  /** Waits before the `retry`-th retry, from 0. `afterMs`: as the provider says. */
  async rest(afterMs: number | null, retry: number, signal: AbortSignal, why: string): Promise<void> {
    const ms = afterMs ?? Math.min(MOST_MS, FIRST_MS * 2 ** retry);
    await this.#sleep(ms, signal);
    if (signal.aborted) throw new ModelFault("unavailable", why);
  }
}
