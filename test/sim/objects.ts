/**
 * The platform's Durable Objects, with the real classes. Each name has one instance in memory, and storage and an alarm
 * that outlive the instance. A write counts at once and takes a while to return, as with the platform's output gate.
 */
import type { Platform } from "./platform.ts";
import type { Handle, Isolate } from "./scheduler.ts";

type Method = (...args: unknown[]) => Promise<unknown>;
type Instance = { alarm(): Promise<void> } & Record<string, unknown>;
export type ObjectClass = new (ctx: never, env: never) => object;

const ALARM_RETRIES = 6;
/** A call without an answer ends after the time that the platform gives an invocation. */
const HANG_MS = 15 * 60_000;

/** Marks errors as the platform does (src/core/tasks/object-fault.ts): only an error of the object's own code is `remote`. */
class LostError extends Error {
  readonly retryable = true;
}
class ResetError extends Error {
  readonly durableObjectReset = true;
}

/** No spectator watches in the simulation. */
const unwatched = { getWebSockets: () => [], setWebSocketAutoResponse: () => {} };

interface Host {
  readonly name: string;
  readonly storage: Map<string, unknown>;
  alarm: { at: number; handle: Handle } | null;
  instance: Instance | null;
  isolate: Isolate | null;
  /** Ends the calls that are under way when the instance is reset. */
  readonly calls: Set<(error: Error) => void>;
}

export class Objects {
  readonly #platform: Platform;
  readonly #label: string;
  readonly #make: ObjectClass;
  readonly #env: () => unknown;
  readonly #hosts = new Map<string, Host>();

  constructor(platform: Platform, label: string, make: ObjectClass, env: () => unknown) {
    this.#platform = platform;
    this.#label = label;
    this.#make = make;
    this.#env = env;
  }

  /** Answers a stub, whose methods are calls over the network. */
  getByName(name: string): Record<string, Method> {
    const call = (method: string) => (args: unknown[]) => this.#call(name, method, args);
    return new Proxy({} as Record<string, Method>, {
      get: (_target, method) =>
        typeof method === "string" && method !== "then" ? (...args: unknown[]) => call(method)(args) : undefined,
    });
  }

  alarmOf(name: string): number | null {
    return this.#hosts.get(name)?.alarm?.at ?? null;
  }

  #host(name: string): Host {
    let host = this.#hosts.get(name);
    if (!host) {
      host = { name, storage: new Map(), alarm: null, instance: null, isolate: null, calls: new Set() };
      this.#hosts.set(name, host);
    }
    return host;
  }

  #describe(host: Host, what: string): string {
    return `${this.#label} ${host.name.slice(-6)} ${what}`;
  }

  #awake(host: Host): { instance: Instance; isolate: Isolate } {
    if (!host.instance || !host.isolate?.alive) {
      const isolate = this.#platform.isolate("object", this.#describe(host, "").trim());
      isolate.onDeath.push(() => this.#reset(host, isolate));
      host.isolate = isolate;
      const ctx = { id: { name: host.name }, storage: this.#storage(host), ...unwatched };
      host.instance = this.#platform.sim.current.run(
        isolate,
        () => new this.#make(ctx as never, this.#env() as never),
      ) as Instance;
    }
    const { instance, isolate } = host;
    if (!isolate) throw new Error("an instance without an isolate");
    return { instance, isolate };
  }

  #forget(host: Host): void {
    const { isolate } = host;
    host.instance = null;
    host.isolate = null;
    if (isolate) isolate.alive = false;
  }

  /** Drops the instance's memory. Callers that wait get an error that allows them to ask again. */
  #reset(host: Host, isolate: Isolate): void {
    if (host.isolate === isolate) this.#forget(host);
    for (const end of [...host.calls]) end(new ResetError("Durable Object reset because its code was updated."));
    host.calls.clear();
  }

  #call(name: string, method: string, args: unknown[]): Promise<unknown> {
    const platform = this.#platform;
    const { sim } = platform;
    const caller = sim.here();
    const host = this.#host(name);
    const given = structuredClone(args);
    return new Promise((resolve, reject) => {
      const answer = (settle: () => void) => sim.after(sim.latency(), "reply", caller, settle, false);
      sim.after(sim.latency(), this.#describe(host, method), null, () => {
        if (platform.strikes("object_unreachable")) {
          answer(() => reject(new LostError("Network connection lost.")));
          return;
        }
        if (platform.strikes("storage_wiped")) this.#wipe(host);
        // Only an idle object is evicted.
        else if (host.calls.size === 0 && host.instance && platform.strikes("object_evicted")) this.#forget(host);
        let over = false;
        const end = (settle: () => void) => {
          if (over) return;
          over = true;
          host.calls.delete(cut);
          answer(settle);
        };
        const cut = (error: Error) => end(() => reject(error));
        host.calls.add(cut);
        const { instance, isolate } = this.#awake(host);
        const work = instance[method];
        if (typeof work !== "function") return cut(new Error(`${this.#label} has no method ${method}`));
        sim.current
          .run(isolate, async () => work.apply(instance, given) as unknown)
          .then(
            (value) => {
              const lost = new LostError("Network connection lost.");
              if (platform.strikes("object_hangs")) {
                sim.after(HANG_MS, "a call's end", null, () => cut(lost), false);
              } else if (platform.strikes("object_reply_lost")) cut(lost);
              else end(() => resolve(structuredClone(value)));
            },
            (error: Error) => cut(Object.assign(new Error(error.message), { remote: true })),
          );
      });
    });
  }

  #wipe(host: Host): void {
    if (host.isolate) this.#platform.sim.die(host.isolate);
    host.storage.clear();
    host.alarm?.handle.cancel();
    host.alarm = null;
  }

  #storage(host: Host) {
    const platform = this.#platform;
    const written = (what: string, apply: () => void) => {
      if (platform.sim.here()?.alive === false) return new Promise<void>(() => {});
      apply();
      return platform.effect(this.#describe(host, what), () => undefined);
    };
    return {
      // The log of a feed that nobody watches has not begun.
      sql: { exec: () => ({ toArray: () => [] }) },
      get: async (key: string) => structuredClone(host.storage.get(key)),
      put: (key: string, value: unknown) =>
        written(`put ${key}`, () => void host.storage.set(key, structuredClone(value))),
      // There is nothing to delete, so nothing is written.
      delete: async (key: string) => {
        if (host.storage.has(key)) await written(`delete ${key}`, () => void host.storage.delete(key));
      },
      getAlarm: async () => host.alarm?.at ?? null,
      setAlarm: async (at: number) => {
        if (host.alarm?.at !== at) await written("setAlarm", () => this.#arm(host, at, 0));
      },
      deleteAlarm: async () => {
        host.alarm?.handle.cancel();
        host.alarm = null;
      },
    };
  }

  #arm(host: Host, at: number, failures: number, shownAt = at): void {
    const { sim } = this.#platform;
    host.alarm?.handle.cancel();
    // The alarm is due by the clock of the machine that set it, so an object's alarms agree with its own time.
    const wait = Math.max(0, at - sim.now - (sim.here()?.skewMs ?? 0)) + (sim.latency() >> 2);
    host.alarm = {
      at: shownAt,
      handle: sim.after(wait, this.#describe(host, "alarm"), null, () => this.#fire(host, failures)),
    };
  }

  /**
   * A fired alarm is used up. An alarm whose handler fails is tried again, six times, and `getAlarm` gives its old time until
   * then.
   */
  #fire(host: Host, failures: number): void {
    const platform = this.#platform;
    const { sim } = platform;
    const firedAt = host.alarm?.at ?? sim.now;
    host.alarm = null;
    if (platform.strikes("alarm_lost")) return;
    let over = false;
    const ended = (failed: boolean) => {
      if (over) return;
      over = true;
      host.calls.delete(cut);
      if (failed && host.alarm === null && failures < ALARM_RETRIES) {
        this.#arm(host, sim.now + (sim.here()?.skewMs ?? 0) + 2000 * 2 ** failures, failures + 1, firedAt);
      }
    };
    const cut = () => ended(true);
    host.calls.add(cut);
    const { instance, isolate } = this.#awake(host);
    sim.current
      .run(isolate, async () => instance.alarm())
      .then(
        () => ended(false),
        (error: Error) => {
          sim.log(`  ${isolate.name}: alarm failed: ${error.message.slice(0, 120)}`);
          ended(true);
        },
      );
  }
}
