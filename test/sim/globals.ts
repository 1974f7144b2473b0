/**
 * Time, chance and timers of the process, as the code under test sees them. What runs outside of an isolate (the
 * simulation itself, the database's driver) keeps the real timers.
 */
import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createHmac,
  hkdfSync,
  KeyObject,
  type webcrypto,
} from "node:crypto";
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
  sign: crypto.subtle.sign.bind(crypto.subtle),
};
export const realNow = real.performanceNow;
export const print = real.log;

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
let endpoints: { fetch(url: string, init: RequestInit): Promise<Response> } | null = null;

/** Sets who answers the calls of webhooks from now on. */
export function followEndpoints(next: typeof endpoints): void {
  endpoints = next;
}
let random: Random = seededRandom("unseeded");

/** Sets the simulation whose time and chance the globals follow from now on. */
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

/** Call once a process. */
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
    // The objects make one for their sockets, which the simulation leaves out.
    WebSocketRequestResponsePair: class {},
    // Only webhooks call anybody but the database.
    fetch: (url: string, init: RequestInit) => {
      if (!endpoints) throw new Error(`a call of ${url}, and nobody listens`);
      return endpoints.fetch(url, init);
    },
  });
  // The platform's own hashing runs on other threads, so its end would not follow the seed.
  crypto.subtle.digest = (algorithm, data) => {
    if ((typeof algorithm === "string" ? algorithm : algorithm.name) !== "SHA-256") return real.digest(algorithm, data);
    const bytes = ArrayBuffer.isView(data)
      ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
      : new Uint8Array(data);
    return Promise.resolve(alone(createHash("sha256").update(bytes).digest()));
  };
  crypto.subtle.sign = (algorithm, key, data) => {
    if (algorithm !== "HMAC") return real.sign(algorithm, key, data);
    const bytes = ArrayBuffer.isView(data) ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength) : data;
    return Promise.resolve(
      alone(
        createHmac("sha256", KeyObject.from(key as webcrypto.CryptoKey))
          .update(new Uint8Array(bytes))
          .digest(),
      ),
    );
  };
  installVault();
  // A synthetic market's key decides all prices, and so every decision: the key has to follow the seed.
  crypto.getRandomValues = (array) => {
    const bytes = new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
    for (let i = 0; i < bytes.length; i++) bytes[i] = random.int(256);
    return array;
  };
  console.log = (...parts: unknown[]) => {
    const at = inside();
    if (!at) return real.log(...parts);
    at.sim.log(`  ${at.isolate.name}: ${brief(String(parts[0]))}`);
  };
}

/** Node's own derivation and encryption, for the secrets of webhooks: in this thread, as the hashes. */
function installVault(): void {
  const { importKey } = crypto.subtle;
  const subtle = crypto.subtle as unknown as Record<string, (...args: never[]) => Promise<unknown>>;
  const bytes = (data: ArrayBufferView | ArrayBuffer) =>
    ArrayBuffer.isView(data) ? Buffer.from(data.buffer, data.byteOffset, data.byteLength) : Buffer.from(data);
  subtle.importKey = (...args: never[]) => {
    const [format, data, algorithm] = args as unknown as [string, ArrayBuffer, unknown];
    if (algorithm === "HKDF") return Promise.resolve(bytes(data));
    return importKey.apply(crypto.subtle, [format, data, ...args.slice(2)] as never);
  };
  subtle.deriveKey = (...args: never[]) => {
    const [{ salt, info }, base] = args as unknown as [{ salt: Uint8Array; info: Uint8Array }, Buffer];
    return Promise.resolve(Buffer.from(hkdfSync("sha256", base, salt, info, 32)));
  };
  subtle.encrypt = (...args: never[]) => {
    const [{ iv, additionalData }, key, data] = args as unknown as [Box, Buffer, Uint8Array];
    const cipher = createCipheriv("aes-256-gcm", key, iv).setAAD(additionalData);
    return Promise.resolve(alone(Buffer.concat([cipher.update(data), cipher.final(), cipher.getAuthTag()])));
  };
  subtle.decrypt = (...args: never[]) => {
    const [{ iv, additionalData }, key, data] = args as unknown as [Box, Buffer, Uint8Array];
    const decipher = createDecipheriv("aes-256-gcm", key, iv).setAAD(additionalData);
    decipher.setAuthTag(data.slice(-TAG_BYTES));
    return Promise.resolve(alone(Buffer.concat([decipher.update(data.slice(0, -TAG_BYTES)), decipher.final()])));
  };
}

type Box = { readonly iv: Uint8Array; readonly additionalData: Uint8Array };
const TAG_BYTES = 16;

/** Copies the bytes into a buffer of their own, as the platform answers them. */
function alone(bytes: Buffer): ArrayBuffer {
  return Uint8Array.from(bytes).buffer;
}

/** Takes the lines of the code's own log, without their long members. */
function brief(line: string): string {
  try {
    const { at: _at, stack: _stack, ...rest } = JSON.parse(line);
    return JSON.stringify(rest).slice(0, 300);
  } catch {
    return line.slice(0, 300);
  }
}
