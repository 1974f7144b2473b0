/**
 * A system in one process whose k-th call to the database fails: either before it commits, or after it has committed.
 * Either the caller gets an error and goes on, or the whole process dies there: none of its code runs any further, and the
 * messages of its queues are lost. Then it is started again.
 */
import type { Query } from "../../src/db/query.ts";
import { onBeat, onCron } from "../../src/engine/schedules/run-clocks.ts";
import type { TestClock } from "./builders.ts";
import { type InProcess, inProcess } from "./in-process.ts";

export interface Fault {
  /** Which call fails, counted from 1. 0: none. */
  readonly call: number;
  readonly when: "before its commit" | "after its commit";
  readonly caller: "goes on" | "dies";
}
export const NONE: Fault = { call: 0, when: "before its commit", caller: "goes on" };

const never = () => new Promise<never>(() => {});
const DIED = Symbol("died");

export class BreakingSystem {
  readonly #query: Query;
  readonly #clock: TestClock;
  readonly #fault: Fault;
  readonly #arrange: (run: InProcess) => void;
  #run: InProcess;
  #died = Promise.withResolvers<typeof DIED>();
  /** How many statements the system has sent so far. */
  calls = 0;
  /** The statement that failed. */
  struck: string | null = null;

  /** `arrange` prepares each process, for example how its agents answer. */
  constructor(query: Query, clock: TestClock, fault: Fault, arrange: (run: InProcess) => void) {
    this.#query = query;
    this.#clock = clock;
    this.#fault = fault;
    this.#arrange = arrange;
    this.#run = this.#start();
  }

  #start(): InProcess {
    const process = { alive: true };
    const query: Query = async (text, params) => {
      if (!process.alive) return never();
      this.calls += 1;
      if (this.calls !== this.#fault.call) {
        const rows = await this.#query(text, params);
        return process.alive ? (rows as never) : never();
      }
      this.struck = text;
      if (this.#fault.when === "after its commit") await this.#query(text, params);
      if (this.#fault.caller === "goes on") throw new Error("the connection broke");
      process.alive = false;
      this.#died.resolve(DIED);
      return never();
    };
    const run = inProcess(query);
    this.#arrange(run);
    return run;
  }

  /** Runs what the platform starts: an alarm, a trigger, a delivery. After an error the next turn runs it again. */
  async turn(work: (run: InProcess) => Promise<unknown>): Promise<void> {
    const ended = await Promise.race([work(this.#run).catch(() => {}), this.#died.promise]);
    if (ended !== DIED) return;
    this.#died = Promise.withResolvers();
    this.#run = this.#start();
  }

  /** Plays turns of the Arena, the queues and the clocks until `done`. Each turn takes 5 s of the test's clock. */
  async play(work: (run: InProcess) => Promise<unknown>, done: () => Promise<boolean>, turns = 60): Promise<void> {
    for (let turn = 0; turn < turns; turn++) {
      await this.turn(work);
      await this.turn((run) => run.drain(60));
      if (await done()) return;
      await this.#clock.add(5000);
      await this.turn((run) => onBeat(run.ports));
      const minute = Math.floor(this.#clock.now() / 60_000) * 60_000;
      if (this.#clock.now() - minute < 5000) await this.turn((run) => onCron(run.ports, "* * * * *", minute));
    }
    throw new Error(`not done after ${turns} turns: ${JSON.stringify(this.#fault)} at ${this.struck}`);
  }
}
