/** Every fault by its name, its chance and what it is a chance of. A seed turns about half of them on. */
import { hash32 } from "../../src/core/random.ts";

export const faultTable = {
  // A message sent.
  message_dropped: 0.03,
  message_duplicated: 0.05,
  message_delayed: 0.05,
  // A batch handed over: in any order, or as the queue has it.
  messages_reordered: 0.3,
  // A call of sendBatch: half of those that fail have stored what they were given.
  send_failed: 0.02,
  send_hangs: 0.005,
  // A call into an object.
  object_unreachable: 0.01,
  object_evicted: 0.02,
  object_reply_lost: 0.01,
  storage_wiped: 0.004,
  // An effect that an object waits for: it is reset, retryably, before or after the effect.
  object_reset: 0.004,
  // An effect that an invocation waits for: the invocation is killed, before or after the effect.
  worker_killed: 0.004,
  // The same: it hangs for 25 to 60 s, past its lease.
  worker_hangs: 0.002,
  // An alarm that is due.
  alarm_lost: 0.01,
  // A statement.
  statement_refused: 0.006,
  request_lost: 0.006,
  reply_lost: 0.01,
  statement_slow: 0.004,
  statement_hangs: 0.001,
  // Every 5 s.
  database_outage: 0.01,
  cron_outage: 0.01,
  // A cron that is due.
  cron_twice: 0.05,
  // An isolate made: its clock is up to 5 s off.
  clock_skew: 0.3,
  // A question to the flaky strategy.
  agent_throws: 0.2,
  // A statement that meets a rival under its lock: see races.ts.
  close_meets_decisions: 0.05,
  recovery_meets_decisions: 0.05,
  recovery_meets_fills: 0.1,
} as const;

export type Fault = keyof typeof faultTable;
export const faultNames = Object.keys(faultTable) as Fault[];

export interface FaultOptions {
  /** Never happen. */
  readonly without: ReadonlySet<string>;
  /** Single ones that don't happen: "message_dropped#3". */
  readonly skip: ReadonlySet<string>;
  /** A factor on every chance; 0 turns all off. */
  readonly rate: number;
  /** Only these, if given. */
  readonly only: ReadonlySet<string> | null;
}

/** Each draw depends on the seed, the fault's name and how often it was drawn: leaving one out moves no other. */
export class Faults {
  readonly happened = new Map<Fault, number>();
  readonly log: string[] = [];
  off = false;
  readonly #drawn = new Map<Fault, number>();
  readonly #seed: string;
  readonly #options: FaultOptions;
  readonly #factor = new Map<Fault, number>();

  constructor(seed: string, options: FaultOptions) {
    this.#seed = seed;
    this.#options = options;
    for (const fault of faultNames) {
      const draw = this.#uniform(`${fault}:on`);
      const on = options.only ? options.only.has(fault) : draw < 0.55;
      // Some seeds have a storm of it.
      this.#factor.set(fault, on && !options.without.has(fault) ? (draw < 0.08 ? 5 : 1) * options.rate : 0);
    }
  }

  /** True: it happens here. */
  strikes(fault: Fault, note: (text: string) => void): boolean {
    if (this.off) return false;
    const draw = (this.#drawn.get(fault) ?? 0) + 1;
    this.#drawn.set(fault, draw);
    const chance = faultTable[fault] * (this.#factor.get(fault) ?? 0);
    if (chance === 0 || this.#uniform(`${fault}:${draw}`) >= chance) return false;
    const name = `${fault}#${draw}`;
    if (this.#options.skip.has(name)) return false;
    this.happened.set(fault, (this.happened.get(fault) ?? 0) + 1);
    this.log.push(name);
    note(`FAULT ${name}`);
    return true;
  }

  /** In [0, 1), belonging to the last strike of the fault: how long, before or after, which one. */
  detail(fault: Fault, what: string): number {
    return this.#uniform(`${fault}:${this.#drawn.get(fault)}:${what}`);
  }

  #uniform(of: string): number {
    return hash32(`${this.#seed}:${of}`) / 2 ** 32;
  }
}
