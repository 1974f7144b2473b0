/** Every fault: its name, its chance at each place where it can strike, and what happens. A seed turns about half on. */
import { hash32 } from "../../src/core/random.ts";

export const faultTable = {
  message_dropped: [0.03, "a message that was sent is lost"],
  message_duplicated: [0.05, "a message that was sent comes twice, the second time up to 45 s later"],
  message_delayed: [0.05, "a message that was sent comes up to 45 s late"],
  messages_reordered: [0.3, "a batch is taken from the queue in any order"],
  batch_throws: [0.01, "a batch ends by an error after its work: what it did not ack comes again"],
  acked_again: [0.5, "what a batch acked before it failed comes again too, as under the local runtime"],
  send_failed: [0.02, "sendBatch throws; half of the time it has stored what it was given"],
  send_hangs: [0.005, "sendBatch answers after a minute"],
  object_unreachable: [0.01, "a call into an object fails, retryably, before it arrives"],
  object_evicted: [0.02, "an idle object leaves memory before a call"],
  object_reply_lost: [0.01, "a call into an object was carried out, and its answer is lost"],
  object_hangs: [0.01, "a call into an object was carried out, and is not answered for 15 minutes"],
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
  agent_late: [0.1, "an agent from outside answers after the deadline"],
  agent_twice: [0.2, "an agent from outside answers twice, the second time in another way too"],
  agent_other_round: [0.1, "an agent from outside answers for a round that is not open"],
  agent_wrong: [0.1, "an agent from outside sends a member that no decision has"],
  agent_large: [0.1, "an agent from outside sends more than 64 KB"],
  agent_foreign_key: [0.1, "an agent from outside uses the key of another one"],
  agent_key_revoked: [0.05, "the key of an agent from outside is revoked in mid round"],
  agent_clock_off: [0.05, "the clock of an agent from outside is an hour ahead, so it takes the round for closed"],
  endpoint_fails: [0.15, "a webhook's endpoint answers 500"],
  endpoint_busy: [0.1, "a webhook's endpoint answers 429"],
  endpoint_moved: [0.1, "a webhook's endpoint answers with a redirect"],
  endpoint_large: [0.1, "a webhook's endpoint answers with more than 64 KB"],
  endpoint_wrong: [0.1, "a webhook's endpoint answers with a member that no decision has"],
  endpoint_other_round: [0.1, "a webhook's endpoint answers for another round"],
  endpoint_stops: [0.1, "a webhook's endpoint sends half a body, and then nothing"],
  endpoint_hangs: [0.1, "a webhook's endpoint does not answer"],
  endpoint_later: [0.2, "a webhook's endpoint answers 202, and its agent decides by a call of its own"],
  close_meets_decisions: [0.05, "the deadline passes, and a close comes, while decisions wait for a lock"],
  statement_meets_itself: [
    0.03,
    "another caller makes the same decisions, fills, arrow or task while a statement waits",
  ],
  recovery_meets_decisions: [0.05, "a recovery raises a version while decisions wait for its row"],
  cancel_meets_ending: [0.02, "a task is cancelled while the end of its attempt waits for its row"],
  recovery_meets_fills: [0.1, "a recovery raises a version while fills wait for its row"],
  recovery_meets_block: [0.1, "a recovery raises a version while a block of rounds waits for its row"],
  pause_meets_block: [0.05, "a tournament is paused while a block of its rounds waits for its row"],
  leave_meets_block: [0.02, "an agent leaves while a block of its rounds waits for the tournament's row"],
} as const satisfies Readonly<Record<string, readonly [chance: number, what: string]>>;

export type Fault = keyof typeof faultTable;
export const faultNames = Object.keys(faultTable) as Fault[];

export interface FaultOptions {
  /** Faults that never strike. */
  readonly without: ReadonlySet<string>;
  /** Single strikes that are left out: "message_dropped#3". */
  readonly skip: ReadonlySet<string>;
  /** Multiplies every chance; 0 turns all faults off. */
  readonly rate: number;
  /** Only these faults strike, if given. */
  readonly only: ReadonlySet<string> | null;
  /** Chances that are set from outside, in place of the seed's. */
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
      // Some seeds have a storm of one fault.
      const drawn = on ? faultTable[fault][0] * (draw < 0.08 ? 5 : 1) * options.rate : 0;
      this.#chance.set(fault, options.without.has(fault) ? 0 : (options.chances.get(fault) ?? drawn));
    }
  }

  /** True: the fault strikes here. */
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

  /** A number in [0, 1) of the fault's last strike. Callers take from it how long, before or after, or which one. */
  detail(fault: Fault, what: string): number {
    return this.#uniform(`${fault}:${this.#drawn.get(fault)}:${what}`);
  }

  #uniform(of: string): number {
    return hash32(`${this.#seed}:${of}`) / 2 ** 32;
  }
}
