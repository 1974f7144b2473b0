/**
 * Time, chance and timers of the process, as the code under test sees them. What runs outside of an isolate (the
 * simulation itself, the database's driver) keeps the real timers.
 */
import { createHash } from "node:crypto";
import { type Random, seededRandom } from "../../src/core/random.ts";
import type { Handle, Isolate, Scheduler } from "./scheduler.ts";

const real = {
  setTimeout: globalThis.setTimeout,
  clearTimeout: globalThis.clearTimeout,
  setInterval: globalThis.setInterval,
  clearInterval: globalThis.clearInterval,
  now: Date.now.bind(Date),
  performanceNow: performance.now.bind(performance),
  log: console.log.bind(console),
  digest: crypto.subtle.digest.bind(crypto.subtle),
};
export const realNow = real.performanceNow;
export const say = real.log;

class Timer {
  handle: Handle | null = null;
  cancelled = false;
  [Symbol.toPrimitive](): number {
    return 0;
  }
  unref(): this {
    return this;
  }
  ref(): this {
    return this;
  }
}

let scheduler: Scheduler | null = null;
let random: Random = seededRandom("unseeded");

/** The simulation that the globals follow from here on. */
export function follow(next: Scheduler, seed: string): void {
  scheduler = next;
  random = seededRandom(`${seed}:chance`);
}

const inside = (): { sim: Scheduler; isolate: Isolate } | null => {
  const isolate = scheduler?.here();
  return scheduler && isolate ? { sim: scheduler, isolate } : null;
};

function arm(timer: Timer, run: () => void, ms: number, again: boolean, sim: Scheduler, isolate: Isolate): void {
  const fire = () => {
    if (timer.cancelled) return;
    if (again) arm(timer, run, ms, again, sim, isolate);
    run();
  };
  timer.handle = sim.after(Math.max(1, ms), `timer ${isolate.name}`, isolate, fire, false);
}

function later(again: boolean, fallback: (run: () => void, ms?: number, ...more: unknown[]) => unknown) {
  return (run: (...args: unknown[]) => void, ms = 0, ...args: unknown[]): unknown => {
    const at = inside();
    if (!at) return fallback(() => run(...args), ms);
    const timer = new Timer();
    arm(timer, () => run(...args), ms, again, at.sim, at.isolate);
    return timer;
  };
}

function cancel(fallback: (timer: never) => void) {
  return (timer: unknown): void => {
    if (!(timer instanceof Timer)) {
      fallback(timer as never);
      return;
    }
    timer.cancelled = true;
    timer.handle?.cancel();
  };
}

/** Once a process. */
export function installGlobals(): void {
  const clock = () => {
    if (!scheduler) return real.now();
    return scheduler.now + (scheduler.here()?.skewMs ?? 0);
  };
  Date.now = clock;
  performance.now = () => (inside() ? clock() : real.performanceNow());
  Math.random = () => random.next();
  Object.assign(globalThis, {
    setTimeout: later(false, real.setTimeout),
    setInterval: later(true, real.setInterval),
    clearTimeout: cancel(real.clearTimeout as never),
    clearInterval: cancel(real.clearInterval as never),
    // The platform's own, of sockets that the simulation leaves out.
    WebSocketRequestResponsePair: class {},
  });
  // The platform's own hashing runs on other threads and ends when it likes.
  crypto.subtle.digest = (algorithm, data) => {
    if (algorithm !== "SHA-256") return real.digest(algorithm, data);
    const bytes = ArrayBuffer.isView(data)
      ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
      : new Uint8Array(data);
    const hash = createHash("sha256").update(bytes).digest();
    return Promise.resolve(hash.buffer.slice(hash.byteOffset, hash.byteOffset + hash.byteLength) as ArrayBuffer);
  };
  console.log = (...parts: unknown[]) => {
    const at = inside();
    if (!at) return real.log(...parts);
    at.sim.log(`  ${at.isolate.name}: ${brief(String(parts[0]))}`);
  };
}

/** The code's own log, without what is long. */
function brief(line: string): string {
  try {
    const { at: _at, stack: _stack, ...rest } = JSON.parse(line);
    return JSON.stringify(rest).slice(0, 300);
  } catch {
    return line.slice(0, 300);
  }
}
