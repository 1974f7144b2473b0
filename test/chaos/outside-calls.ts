/** The calls of an agent from outside, through whatever is broken. */
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";

export interface Seat {
  readonly id: string;
  readonly key: string;
  readonly keyId: string;
}

export interface OutsideAnswer {
  /** Null: no whole answer came. */
  readonly status: number | null;
  readonly body: Readonly<Record<string, unknown>> | null;
}

const PATIENCE_MS = 15_000;
const PAUSE_MS = 300;
const TRIES = 20;
const keyed = z.looseObject({ key_id: z.string(), key: z.string() });
const members = z.record(z.string(), z.unknown());

export class OutsideCalls {
  readonly #url: string;
  readonly #operatorKey: string;
  readonly #signal: AbortSignal;

  constructor(url: string, operatorKey: string, signal: AbortSignal) {
    this.#url = url;
    this.#operatorKey = operatorKey;
    this.#signal = signal;
  }

  ask(seat: Seat, method: string, path: string, body?: object): Promise<OutsideAnswer> {
    return this.#ask(method, `/agents/${seat.id}/${path}`, seat.key, body);
  }

  /** Asks again while nobody answers. */
  async persist(seat: Seat, method: string, path: string, body: object): Promise<OutsideAnswer> {
    for (let tries = 1; ; tries++) {
      const answer = await this.ask(seat, method, path, body);
      if ((answer.status !== null && answer.status < 500) || tries === TRIES || this.#signal.aborted) return answer;
      await sleep(PAUSE_MS);
    }
  }

  /** A new key, when the old one is certainly revoked. Null: it may still work. */
  async changeKey(seat: Seat): Promise<Seat | null> {
    const made = await this.#ask("POST", "/keys", this.#operatorKey, {
      role: "agent",
      name: "Caller",
      agent_id: seat.id,
    });
    if (made.status !== 201) return null;
    const { key, key_id: keyId } = keyed.parse(made.body);
    const gone = await this.#ask("DELETE", `/keys/${seat.keyId}`, this.#operatorKey);
    return gone.status === 204 ? { id: seat.id, key, keyId } : null;
  }

  async #ask(method: string, path: string, key: string, body?: object): Promise<OutsideAnswer> {
    try {
      const response = await fetch(new URL(path, this.#url), {
        method,
        headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
        ...(body && { body: JSON.stringify(body) }),
        signal: AbortSignal.any([this.#signal, AbortSignal.timeout(PATIENCE_MS)]),
      });
      const text = await response.text();
      const read = text === "" ? null : members.safeParse(JSON.parse(text));
      return { status: response.status, body: read?.data ?? null };
    } catch {
      // Nobody answered, or half an answer came: what is broken around it may do that.
      return { status: null, body: null };
    }
  }
}
