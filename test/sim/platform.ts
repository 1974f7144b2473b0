/** What every simulated part needs: the scheduler, the faults, and how an isolate waits for an effect. */
import type { Faults } from "./faults.ts";
import type { Isolate, Scheduler } from "./scheduler.ts";

const never = <T>() => new Promise<T>(() => {});
/** How long a hang lasts: longer than a lease of 20 s. */
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
   * An effect that the running isolate waits for. `perform` happens after a while, also when the isolate has died (what
   * was sent can't be called back). Its result comes back after another while.
   */
  effect<T>(what: string, perform: () => Promise<T> | T, extraMs = 0): Promise<T> {
    const { sim } = this;
    const isolate = sim.here();
    if (isolate && !isolate.alive) return never();
    if (isolate) {
      const dies = this.#dies(isolate);
      if (dies !== null) {
        sim.log(`  ${isolate.name} dies ${dies} ${what}`);
        // The isolate is dead, so the result has no receiver.
        const unheard = async () => {
          try {
            await perform();
          } catch (error) {
            sim.log(`  ${error instanceof Error ? error.message : String(error)}`);
          }
        };
        if (dies === "after") sim.after(sim.latency() + extraMs, `${what} [of the dead]`, null, unheard);
        sim.die(isolate);
        return never();
      }
      if (isolate.kind === "worker" && this.strikes("handler_slow")) {
        isolate.frozenUntil = sim.now + HANG_MS.least + this.faults.detail("handler_slow", "ms") * HANG_MS.more;
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

  #dies(isolate: Isolate): "before" | "after" | null {
    switch (isolate.kind) {
      case "object":
        if (!this.strikes("object_reset")) return null;
        return this.faults.detail("object_reset", "sent") < 0.5 ? "after" : "before";
      case "worker":
        if (this.strikes("crash_before_commit")) return "before";
        return this.strikes("crash_after_commit") ? "after" : null;
      case "client":
        return null;
    }
  }
}
