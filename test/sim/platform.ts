/** What every simulated part needs: the scheduler, the faults, and how an isolate waits for an effect. */
import type { Faults } from "./faults.ts";
import type { Isolate, Scheduler } from "./scheduler.ts";

const never = <T>() => new Promise<T>(() => {});
/** How long a hang lasts: past a lease of 20 s. */
const HANG_MS = { least: 25_000, more: 35_000 };
const SKEW_MAX_MS = 5000;

export class Platform {
  readonly sim: Scheduler;
  readonly faults: Faults;
  #isolates = 0;

  constructor(sim: Scheduler, faults: Faults) {
    this.sim = sim;
    this.faults = faults;
  }

  strikes(fault: Parameters<Faults["strikes"]>[0]): boolean {
    return this.faults.strikes(fault, (text) => this.sim.log(text));
  }

  isolate(kind: Isolate["kind"], name: string): Isolate {
    const skewed = kind !== "client" && this.strikes("clock_skew");
    const skewMs = skewed ? Math.round((2 * this.faults.detail("clock_skew", "ms") - 1) * SKEW_MAX_MS) : 0;
    return { name: `${name}~${++this.#isolates}`, kind, alive: true, frozenUntil: 0, skewMs, onDeath: [] };
  }

  /**
   * An effect that the running isolate waits for. `perform` happens after a while whether or not the isolate still lives
   * (what is sent is sent), and its result comes back after another while.
   */
  effect<T>(what: string, perform: () => Promise<T> | T, extraMs = 0): Promise<T> {
    const { sim } = this;
    const isolate = sim.here();
    if (isolate && !isolate.alive) return never();
    if (isolate) {
      const fault = isolate.kind === "object" ? "object_reset" : "worker_killed";
      if (isolate.kind !== "client" && this.strikes(fault)) {
        const sent = this.faults.detail(fault, "sent") < 0.5;
        sim.log(`  ${isolate.name} dies ${sent ? "after" : "before"} ${what}`);
        if (sent) sim.after(sim.latency() + extraMs, `${what} [of the dead]`, null, perform);
        sim.die(isolate);
        return never();
      }
      if (isolate.kind === "worker" && this.strikes("worker_hangs")) {
        isolate.frozenUntil = sim.now + HANG_MS.least + this.faults.detail("worker_hangs", "ms") * HANG_MS.more;
      }
    }
    return new Promise<T>((resolve, reject) => {
      sim.after(sim.latency() + extraMs, what, null, async () => {
        let settle: () => void;
        try {
          const value = await perform();
          settle = () => resolve(value);
        } catch (error) {
          settle = () => reject(error);
        }
        sim.after(sim.latency(), what, isolate, settle, false);
      });
    });
  }
}
