/**
 * The gate to a venue's address: at most six calls at a time, a pause between their beginnings, and one wait for all callers
 * after a refusal. Times are milliseconds of the caller's clock.
 */

/** The platform allows six connections that wait for an answer. */
const CONNECTIONS_MAX = 6;
const WAIT_MAX_MS = 30_000;

export interface GateOptions {
  readonly paceMs: number;
  readonly refusalMs: number;
  readonly now: () => number;
  readonly sleep: (ms: number) => Promise<void>;
}

export class Gate {
  readonly #options: GateOptions;
  #running = 0;
  readonly #waiting: (() => void)[] = [];
  #nextStartAt = 0;
  #blockedUntil = 0;
  #refusals = 0;

  constructor(options: GateOptions) {
    this.#options = options;
  }

  /** How long nobody may call; 0 when the gate is open. */
  blockedMs(): number {
    return Math.max(0, this.#blockedUntil - this.#options.now());
  }

  /** Closes the gate after a refusal: for as long as the venue says, or longer with each refusal in a row. */
  close(waitMs: number | null): void {
    const own = Math.min(WAIT_MAX_MS, this.#options.refusalMs * 2 ** this.#refusals);
    this.#refusals += 1;
    this.#blockedUntil = Math.max(this.#blockedUntil, this.#options.now() + (waitMs ?? own));
  }

  /** After an answer that was no refusal the next refusal starts with the short wait again. */
  answered(): void {
    this.#refusals = 0;
  }

  /** Runs `work` when it is its turn. Null where the gate is closed by then: nothing was called. */
  async through<T>(work: () => Promise<T>): Promise<T | null> {
    if (this.#running >= CONNECTIONS_MAX) await new Promise<void>((turn) => this.#waiting.push(turn));
    else this.#running += 1;
    try {
      const { now, sleep, paceMs } = this.#options;
      const wait = this.#nextStartAt - now();
      this.#nextStartAt = Math.max(now(), this.#nextStartAt) + paceMs;
      if (wait > 0) await sleep(wait);
      return this.blockedMs() > 0 ? null : await work();
    } finally {
      const next = this.#waiting.shift();
      // The place goes on to the next one.
      if (next) next();
      else this.#running -= 1;
    }
  }
}
