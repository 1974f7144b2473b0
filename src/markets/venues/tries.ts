/** One thing that is wanted of a venue for a round, and what came of asking for it: three tries, whoever asks. */
import { keepNewest } from "../../core/keep-newest.ts";
import type { Fault } from "./faults.ts";

const TRIES_MAX = 3;
const BACKOFF_MS = [1_000, 2_000];
/** Waits for a candle that is late. It doesn't count as a failure: the round decides how long it waits. */
const LATE_MS = [2_000, 3_000, 5_000, 8_000];

export type Standing<T> =
  | { readonly kind: "ready"; readonly value: T }
  /** Another try is due after so many milliseconds. */
  | { readonly kind: "not_yet"; readonly afterMs: number; readonly fault: Fault | null }
  | { readonly kind: "failed"; readonly fault: Fault };

export class Tries<T> {
  #value: { readonly it: T } | null = null;
  #fault: Fault | null = null;
  #failures = 0;
  #lates = 0;
  #nextAt = Number.NEGATIVE_INFINITY;
  #running: Promise<void> | null = null;

  /** Whether a try would be made now. */
  isDue(now: number): boolean {
    return this.#value === null && this.#running === null && !this.#isOver() && now >= this.#nextAt;
  }

  /** Runs a try if one is due, or waits for the one that is under way. */
  async run(now: () => number, attempt: () => Promise<{ readonly value: T } | Fault>): Promise<void> {
    if (this.isDue(now())) {
      this.#running = (async () => {
        const came = await attempt();
        if ("value" in came) this.#value = { it: came.value };
        else this.failed(came, now());
      })().finally(() => {
        this.#running = null;
      });
    }
    await this.#running;
  }

  /** Resolves when the try that is under way, if there is one, has ended. */
  async settled(): Promise<void> {
    await this.#running;
  }

  failed(fault: Fault, now: number): void {
    this.#fault = fault;
    if (fault.kind === "late" || fault.kind === "open" || fault.kind === "cached") {
      this.#nextAt = now + (fault.waitMs ?? LATE_MS[Math.min(this.#lates, LATE_MS.length - 1)] ?? 0);
      this.#lates += 1;
    } else if (fault.kind === "throttled") {
      // The venue's wait is everybody's, and no failure of this call.
      this.#nextAt = now + (fault.waitMs ?? 1_000);
    } else {
      this.#nextAt = now + (BACKOFF_MS[this.#failures] ?? 0);
      this.#failures += 1;
    }
  }

  standing(now: number): Standing<T> {
    if (this.#value !== null) return { kind: "ready", value: this.#value.it };
    if (this.#fault !== null && this.#isOver()) return { kind: "failed", fault: this.#fault };
    return { kind: "not_yet", afterMs: Math.max(0, this.#nextAt - now), fault: this.#fault };
  }

  #isOver(): boolean {
    return this.#fault !== null && (this.#fault.final || this.#failures >= TRIES_MAX);
  }
}

/** Remembers the newest `most` things. */
export class Recent<T> {
  readonly #kept = new Map<string, T>();
  readonly #most: number;
  constructor(most: number) {
    this.#most = most;
  }

  of(key: string, make: () => T): T {
    const known = this.#kept.get(key);
    if (known !== undefined) return known;
    const made = make();
    keepNewest(this.#kept, key, made, this.#most);
    return made;
  }
}
