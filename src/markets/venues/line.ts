/** The line to one venue: its gate, its clock, and the record of every call. All times are milliseconds. */
import type { Query } from "../../db/query.ts";
import { readVenueState, saveVenueCall, type VenueCall } from "../../db/statements/venues/state.ts";
import { call, type Fetch } from "./call.ts";
import { BadAnswer, codeOf, type Fault, faultOf } from "./faults.ts";
import { Gate } from "./gate.ts";
import type { Answer, Venue } from "./venue.ts";

export interface LinePorts {
  readonly venue: Venue;
  /** Where the venue is reached: its own address, or a test's. Without a slash at the end. */
  readonly baseUrl: string;
  readonly fetch: Fetch;
  /** How long a call may take, in milliseconds: 5 s where it is not set. */
  readonly timeoutMs?: () => number;
  /** How long a caller of the desk waits, in milliseconds: 4 s where it is not set. */
  readonly answerWithinMs?: number;
  readonly now: () => number;
  readonly sleep: (ms: number) => Promise<void>;
  readonly query: Query;
  /** Called with what could not be stored: calls go on without it. */
  readonly onError: (error: unknown) => void;
}

export interface Reply {
  readonly body: unknown;
  readonly text: string;
  /** When the call began, by our clock, and how old the answer was by then: a cache's `Age`. */
  readonly askedAt: number;
  readonly ageMs: number;
}

/** After this time the venue's clock is asked for again. */
const CLOCK_KEPT_MS = 10 * 60_000;

export class Line {
  readonly venue: Venue;
  readonly query: Query;
  readonly now: () => number;
  readonly sleep: (ms: number) => Promise<void>;
  readonly onError: (error: unknown) => void;
  readonly #ports: LinePorts;
  readonly #gate: Gate;
  #loaded: Promise<void> | null = null;
  #skewMs: number | null = null;
  #clockAt = Number.NEGATIVE_INFINITY;
  /** Why the gate was closed last. */
  #refused: Fault | null = null;
  #measuring: Promise<Fault | null> | null = null;

  constructor(ports: LinePorts) {
    this.#ports = ports;
    this.venue = ports.venue;
    this.query = ports.query;
    this.now = ports.now;
    this.sleep = ports.sleep;
    this.onError = ports.onError;
    const { paceMs, refusalMs } = ports.venue;
    this.#gate = new Gate({ paceMs, refusalMs, now: ports.now, sleep: ports.sleep });
  }

  fault(kind: Fault["kind"], says: string, received = ""): Fault {
    return faultOf(this.venue.name, kind, says, { received });
  }

  /** The venue's time, as far as it is known. */
  venueNow(): number {
    return this.now() + (this.#skewMs ?? 0);
  }

  /** The venue's clock less ours; null before it was measured. */
  get skewMs(): number | null {
    return this.#skewMs;
  }

  /** How long nobody may call. */
  blockedMs(): number {
    return this.#gate.blockedMs();
  }

  /** Calls a path and reads the answer. What `read` finds wrong with it is a fault like any other. */
  async ask<T>(path: string, read: (reply: Reply) => T): Promise<{ readonly value: T; readonly reply: Reply } | Fault> {
    await this.#load();
    const done = await this.#gate.through(async () => {
      const askedAt = this.now();
      return { askedAt, called: await call(this.#ports, this.venue.name, this.#ports.baseUrl + path) };
    });
    // Not recorded: nothing was called.
    if (done === null)
      return { ...(this.#refused ?? this.fault("throttled", "asks to wait")), waitMs: this.blockedMs() };
    const { askedAt, called } = done;
    if ("fault" in called) return this.#failed(path, called.fault, null);
    const { answer, body } = called;
    const refused = this.venue.refusal(answer, body, this.venueNow());
    if (refused) return this.#failed(path, refused, answer);
    const age = Number(answer.header("age") ?? "0");
    const reply = { body, text: answer.text, askedAt, ageMs: Number.isFinite(age) && age > 0 ? age * 1000 : 0 };
    try {
      const value = read(reply);
      this.#gate.answered();
      await this.#save(null, answer, path);
      return { value, reply };
    } catch (error) {
      if (!(error instanceof BadAnswer)) throw error;
      const facts = { status: answer.status, received: answer.text };
      return this.#failed(path, faultOf(this.venue.name, error.kind, error.message, facts), answer);
    }
  }

  /** Measures the venue's clock unless that was done less than `keptMs` ago. Answers the fault where it can't be. */
  async knowClock(keptMs = CLOCK_KEPT_MS): Promise<Fault | null> {
    if (this.now() - this.#clockAt < keptMs) return null;
    this.#measuring ??= this.#measure().finally(() => {
      this.#measuring = null;
    });
    return this.#measuring;
  }

  async #measure(): Promise<Fault | null> {
    // The answer was made before it came in, so the venue's time is never guessed too late.
    const asked = await this.ask(this.venue.timePath, ({ body }) => {
      this.#skewMs = this.venue.readTime(body) - this.now();
      this.#clockAt = this.now();
    });
    return "kind" in asked ? asked : null;
  }

  /** Records trouble that no single call shows, such as a candle that changed. */
  async report(fault: Fault, path: string): Promise<void> {
    await this.#save(fault, null, path);
  }

  async #failed(path: string, fault: Fault, answer: Answer | null): Promise<Fault> {
    if (fault.kind === "throttled" || (fault.kind === "unavailable" && fault.waitMs !== null)) {
      this.#refused = { ...fault, kind: "throttled" };
      this.#gate.close(fault.waitMs);
    }
    await this.#save(fault, answer, path);
    return fault;
  }

  /** A wait that another life of this object was asked for still holds. */
  #load(): Promise<void> {
    this.#loaded ??= (async () => {
      const stored = await readVenueState(this.query, this.venue.name);
      if (stored && stored.blocked_ms > 0) this.#gate.close(stored.blocked_ms);
    })().catch((error: unknown) => {
      this.#loaded = null;
      throw error;
    });
    return this.#loaded;
  }

  async #save(fault: Fault | null, answer: Answer | null, path: string): Promise<void> {
    const weight = Number(answer?.header("x-mbx-used-weight-1m") ?? Number.NaN);
    const saved: VenueCall = {
      venue: this.venue.name,
      clockSkewMs: this.#skewMs,
      usedWeight: Number.isInteger(weight) ? weight : null,
      blockedMs: this.blockedMs(),
      fault: fault && {
        kind: fault.kind,
        code: codeOf(fault),
        reason: fault.reason,
        status: fault.status,
        excerpt: fault.excerpt,
        path: path.slice(0, 300),
      },
    };
    try {
      await saveVenueCall(this.query, saved);
    } catch (error) {
      this.onError(error);
    }
  }
}
