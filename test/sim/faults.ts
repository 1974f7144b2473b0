/** Every fault by its name, its chance wherever it may happen, and what happens. A seed turns about half of them on. */
import { hash32 } from "../../src/core/random.ts";

export const faultTable = {
  message_dropped: [0.03, "a message that was sent is lost"],
  message_duplicated: [0.05, "a message that was sent comes twice, the second time up to 45 s later"],
  message_delayed: [0.05, "a message that was sent comes up to 45 s late"],
  messages_reordered: [0.3, "a batch is taken from the queue in any order"],
  send_failed: [0.02, "sendBatch throws; half of the time it has stored what it was given"],
  send_hangs: [0.005, "sendBatch answers after a minute"],
  object_unreachable: [0.01, "a call into an object fails, retryably, before it arrives"],
  object_evicted: [0.02, "an idle object leaves memory before a call"],
  object_reply_lost: [0.01, "a call into an object was carried out, and its answer is lost"],
  object_hangs: [0.01, "an object's call into another one was carried out, and is not answered for 15 minutes"],
  object_reset: [0.004, "an object is reset at an effect, before or after it"],
  storage_wiped: [0.004, "an object loses its storage and its alarm"],
  alarm_lost: [0.01, "an alarm that is due never comes"],
  crash_before_commit: [0.002, "an invocation is killed before a statement or a send takes effect"],
  crash_after_commit: [0.002, "an invocation is killed after it took effect, before it hears of it"],
  handler_slow: [0.002, "an invocation hangs for 25 to 60 s, past its lease"],
  statement_refused: [0.006, "a statement is refused: shutdown, too many connections, serialization"],
  request_lost: [0.006, "a statement never reaches the database, and nobody knows"],
  outcome_unknown: [0.01, "a statement was committed, and the reply is cut"],
  statement_slow: [0.004, "a statement takes 1 to 7 s"],
  statement_hangs: [0.001, "a statement takes 15 s, past every timeout"],
  database_outage: [0.01, "every 5 s: no statement reaches the database for 5 to 40 s"],
  cron_outage: [0.01, "every 5 s: no cron fires for 1 to 8 minutes"],
  queue_stalled: [0.004, "every 5 s: a queue delivers nothing for 30 s to 15 minutes"],
  cron_twice: [0.05, "a cron fires twice"],
  clock_skew: [0.3, "an isolate's clock is up to 5 s off"],
  agent_throws: [0.2, "the flaky strategy throws"],
  close_meets_decisions: [0.05, "the deadline passes, and a close comes, while decisions wait for a lock"],
  statement_meets_itself: [
    0.03,
    "another caller makes the same decisions, fills, arrow or task while a statement waits",
  ],
  recovery_meets_decisions: [0.05, "a recovery raises a version while decisions wait for its row"],
  cancel_meets_ending: [0.02, "a task is cancelled while the end of its attempt waits for its row"],
  recovery_meets_fills: [0.1, "a recovery raises a version while fills wait for its row"],
} as const satisfies Readonly<Record<string, readonly [chance: number, what: string]>>;

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
  /** Chances that the seed has no say in. */
  readonly chances: ReadonlyMap<string, number>;
}

/** Each draw depends on the seed, the fault's name and how often it was drawn: leaving one out moves no other. */
export class Faults {
  readonly happened = new Map<Fault, number>();
  readonly log: string[] = [];
  off = false;
  readonly #drawn = new Map<Fault, number>();
  readonly #seed: string;
  readonly #options: FaultOptions;
  readonly #chance = new Map<Fault, number>();

  constructor(seed: string, options: FaultOptions) {
    this.#seed = seed;
    this.#options = options;
    for (const fault of faultNames) {
      const draw = this.#uniform(`${fault}:on`);
      const on = options.only ? options.only.has(fault) : draw < 0.55;
      // Some seeds have a storm of it.
      const drawn = on ? faultTable[fault][0] * (draw < 0.08 ? 5 : 1) * options.rate : 0;
      this.#chance.set(fault, options.without.has(fault) ? 0 : (options.chances.get(fault) ?? drawn));
    }
  }

  /** True: it happens here. */
  strikes(fault: Fault, note: (text: string) => void): boolean {
    if (this.off) return false;
    const draw = (this.#drawn.get(fault) ?? 0) + 1;
    this.#drawn.set(fault, draw);
    const chance = this.#chance.get(fault) ?? 0;
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
