/**
 * The simulated time, and the choice of what runs next. Everything that code waits for (a statement, a send, an object's
 * call, a storage write, a timer) is an event, with a latency drawn from the seed. The earliest event runs, and the next
 * one runs only when all code that the first one set off waits again. So one seed has one history.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import { createHash } from "node:crypto";
import { type Random, seededRandom } from "../../src/core/random.ts";

/** Code that dies together: one invocation of the Worker, or one object in memory. */
export interface Isolate {
  readonly name: string;
  readonly kind: "worker" | "object" | "client";
  alive: boolean;
  /** A hang: none of its code runs before this time. Epoch milliseconds. */
  frozenUntil: number;
  /** How far its clock is from the true one. */
  readonly skewMs: number;
  /** Called when it dies. The code that started it adds what its death means. */
  onDeath: (() => void)[];
}

interface Event {
  at: number;
  readonly seq: number;
  readonly what: string;
  readonly isolate: Isolate | null;
  readonly run: () => unknown;
  /** False: the event only hands a result over, and does not count as a step. */
  readonly step: boolean;
  cancelled: boolean;
}

export interface Handle {
  cancel(): void;
}

const realSetImmediate = setImmediate;
const turn = () => new Promise<void>((resolve) => realSetImmediate(resolve));
/** How many lines of the log are kept for the report of a failure. */
const LINES_KEPT = 400;

export class Scheduler {
  readonly current = new AsyncLocalStorage<Isolate>();
  readonly random: Random;
  readonly lines: string[] = [];
  now: number;
  steps = 0;
  /** True: no latency beyond some milliseconds. */
  calm = true;
  /** Called with each line of the log. */
  onLine: ((line: string) => void) | null = null;
  readonly startedAt: number;
  readonly #heap: Event[] = [];
  readonly #digest = createHash("sha256");
  #seq = 0;

  constructor(seed: string, startAt: number) {
    this.random = seededRandom(`${seed}:scheduler`);
    this.now = startAt;
    this.startedAt = startAt;
  }

  get hash(): string {
    return this.#digest.copy().digest("hex");
  }

  log(text: string): void {
    const line = `${this.steps} +${((this.now - this.startedAt) / 1000).toFixed(3)} ${text}`;
    this.#digest.update(`${line}\n`);
    this.lines.push(line);
    if (this.lines.length > 2 * LINES_KEPT) this.lines.splice(0, LINES_KEPT);
    this.onLine?.(line);
  }

  /** A latency: mostly short, and now and then some hundred ms, which alone reorders the events under way. */
  latency(): number {
    const draw = this.random.next();
    if (this.calm) return 1 + Math.floor(draw * 8);
    return draw < 0.9 ? 1 + Math.floor(draw * 12) : 10 + Math.floor((draw - 0.9) * 4000);
  }

  after(ms: number, what: string, isolate: Isolate | null, run: () => unknown, step = true): Handle {
    const event: Event = { at: this.now + ms, seq: this.#seq++, what, isolate, run, step, cancelled: false };
    this.#push(event);
    return {
      cancel: () => {
        event.cancelled = true;
      },
    };
  }

  /** The isolate whose code runs now. */
  here(): Isolate | null {
    return this.current.getStore() ?? null;
  }

  /** Runs the next event, and all code that it sets off up to the next wait. False: there is no event until `untilMs`. */
  async next(untilMs: number): Promise<boolean> {
    for (;;) {
      const event = this.#heap[0];
      if (!event || event.at > untilMs) return false;
      this.#pop();
      if (event.cancelled || (event.isolate && !event.isolate.alive)) continue;
      if (event.isolate && event.isolate.frozenUntil > event.at) {
        event.at = event.isolate.frozenUntil;
        this.#push(event);
        continue;
      }
      this.now = Math.max(this.now, event.at);
      if (event.step) {
        this.steps += 1;
        this.log(event.what);
      }
      const ran = event.isolate ? this.current.run(event.isolate, event.run) : event.run();
      // Only what the simulation itself performs is awaited; code under test waits for later events.
      if (ran instanceof Promise && !event.isolate) await ran;
      await turn();
      await turn();
      return true;
    }
  }

  die(isolate: Isolate): void {
    if (!isolate.alive) return;
    isolate.alive = false;
    for (const notify of isolate.onDeath) notify();
  }

  #before(a: Event, b: Event): boolean {
    return a.at < b.at || (a.at === b.at && a.seq < b.seq);
  }

  #push(event: Event): void {
    const heap = this.#heap;
    let at = heap.length;
    heap.push(event);
    while (at > 0) {
      const up = (at - 1) >> 1;
      const parent = heap[up];
      if (!parent || this.#before(parent, event)) break;
      heap[at] = parent;
      at = up;
    }
    heap[at] = event;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (!last || heap.length === 0) return;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      const [left, right] = [heap[child], heap[child + 1]];
      if (!left) break;
      if (right && this.#before(right, left)) child += 1;
      const least = heap[child];
      if (!least || this.#before(last, least)) break;
      heap[at] = least;
      at = child;
    }
    heap[at] = last;
  }
}
