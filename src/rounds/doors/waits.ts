/** Counts the requests of an isolate that wait for the same agent. A client that has left counts until its wait ends. */
const WAITS_MAX = 2;

export class Waits {
  readonly #held = new Map<string, number>();

  /** Runs `work` while it counts as a wait of `who`. Null when `who` has as many waits as allowed. */
  async during<T>(who: string, work: () => Promise<T>): Promise<T | null> {
    const held = this.#held.get(who) ?? 0;
    if (held >= WAITS_MAX) return null;
    this.#held.set(who, held + 1);
    try {
      return await work();
    } finally {
      const left = (this.#held.get(who) ?? 1) - 1;
      if (left > 0) this.#held.set(who, left);
      else this.#held.delete(who);
    }
  }
}
