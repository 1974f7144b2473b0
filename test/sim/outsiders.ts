/**
 * Agents that are not ours: one that calls us, and one whose endpoint is called, in each live tournament of every third seed.
 * They misbehave by the faults `agent_…` and `endpoint_…`, and remember what they were told.
 */
import { seededRandom } from "../../src/core/random.ts";
import type { Query } from "../../src/db/query.ts";
import type { Platform } from "./platform.ts";
import type { Answer, SimWorker } from "./world.ts";

/** Only some seeds have them: the histories of the others, in which the broken twins are found, stay short. */
export const hasOutsiders = (seed: string) => Number.parseInt(seed, 10) % 3 === 0;

interface Outsider {
  readonly id: string;
  readonly tournamentId: string;
  key: string;
  keyId: string;
}

interface Decision {
  readonly round: number;
  readonly orders: readonly { readonly side: string; readonly symbol: string; readonly amount: string }[];
  readonly reasoning: string;
}

/** A decision that we said we had stored. */
interface Promised {
  readonly agentId: string;
  readonly tournamentId: string;
  readonly round: number;
  readonly reasoning: string;
}

const WAIT_SECONDS = 20;
const PAUSE_MS = 700;
const ENDPOINT = "http://127.0.0.1:1/";
/** A repeat of what got no answer. */
const TRIES = 3;
/** Longer than any call may take. */
const NEVER_MS = 120_000;
const TOO_LARGE = "x".repeat(64 * 1024);

export class Outsiders {
  onViolation: (text: string) => void = () => {};
  stopped = false;
  readonly #worker: SimWorker;
  readonly #platform: Platform;
  readonly #seed: string;
  readonly #callers: Outsider[] = [];
  readonly #called = new Map<string, Outsider>();
  readonly #promised = new Map<string, Promised>();

  constructor(worker: SimWorker, platform: Platform, seed: string) {
    this.#worker = worker;
    this.#platform = platform;
    this.#seed = seed;
  }

  /** Makes the agents of a tournament that is still to be made. Answers with their ids. */
  async make(nth: number): Promise<{ readonly ids: string[]; enter(tournamentId: string): void }> {
    const post = async (path: string, body: unknown) => {
      const answer = await this.#worker.request("POST", path, body);
      if (answer.status !== 201) throw new Error(`${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
      return answer.body;
    };
    const caller = String((await post("/agents", { name: `Caller ${nth}`, kind: "outside" })).id);
    const key = await post("/keys", { role: "agent", name: "Caller", agent_id: caller });
    const url = `${ENDPOINT}${nth}`;
    const called = await post("/agents", { name: `Called ${nth}`, kind: "webhook", webhook_url: url });
    const ids = [caller, String(called.id)];
    return {
      ids,
      enter: (tournamentId) => {
        this.#callers.push({ id: caller, tournamentId, key: String(key.key), keyId: String(key.key_id) });
        this.#called.set(url, {
          id: String(called.id),
          tournamentId,
          key: String(called.key),
          keyId: String(called.key_id),
        });
      },
    };
  }

  start(): void {
    for (const one of this.#callers) void this.#play(one);
  }

  /** Takes the place of the network, for the calls of webhooks. */
  fetch(url: string, init: RequestInit): Promise<Response> {
    const called = this.#called.get(url);
    if (!called) throw new Error(`nobody listens at ${url}`);
    const strikes = (fault: Parameters<Platform["strikes"]>[0]) => this.#platform.strikes(fault);
    const { round } = JSON.parse(String(init.body)) as { round: { number: number } };
    const body = this.#decision(called, round.number);
    const hangs = strikes("endpoint_hangs");
    const answer = (): Response => {
      if (strikes("endpoint_fails")) return new Response("no", { status: 500 });
      if (strikes("endpoint_busy")) return new Response(null, { status: 429, headers: { "retry-after": "1" } });
      if (strikes("endpoint_moved")) return new Response(null, { status: 307, headers: { location: ENDPOINT } });
      if (strikes("endpoint_large")) return Response.json({ ...body, reasoning: TOO_LARGE });
      if (strikes("endpoint_wrong")) return Response.json({ ...body, price: 1 });
      if (strikes("endpoint_other_round")) return Response.json({ ...body, round: round.number + 1 });
      if (strikes("endpoint_stops")) return new Response(halfOf(JSON.stringify(body)));
      if (strikes("endpoint_later")) {
        void this.#send(called, body);
        return new Response(null, { status: 202 });
      }
      return Response.json(body);
    };
    return this.#platform.effect("webhook", answer, hangs ? NEVER_MS : 0);
  }

  /** Every decision that somebody was told of is there, as it was sent. */
  async broken(query: Query): Promise<string[]> {
    const rows = await query<{ text: string }>(
      `select format('%s was told that its decision for round %s is stored, and %s', p."agentId", p.round,
         case when d.entry_id is null then 'it is not' else 'another one is' end) as text
       from jsonb_to_recordset($1::jsonb) as p("agentId" uuid, "tournamentId" uuid, round int, reasoning text)
       join entries e on e.tournament_id = p."tournamentId" and e.agent_id = p."agentId"
       join rounds r on r.tournament_id = e.tournament_id and r.number = p.round
       left join decisions d on d.round_id = r.id and d.entry_id = e.id
       left join decision_details x on x.round_id = d.round_id and x.entry_id = d.entry_id
       where x.reasoning is distinct from p.reasoning`,
      [JSON.stringify([...this.#promised.values()])],
    );
    return rows.map(({ text }) => text);
  }

  async #play(one: Outsider): Promise<void> {
    while (!this.stopped) {
      const { id, tournamentId } = one;
      const path = `/agents/${id}/rounds/current?tournament_id=${tournamentId}&wait=${WAIT_SECONDS}`;
      const { status, body } = await this.#ask(one, "GET", path);
      if (this.stopped || status === 410) return;
      if (status === 200) await this.#answer(one, body);
      else if (body.code === "agent.halted") {
        await this.#ask(one, "POST", `/agents/${id}/resume?tournament_id=${tournamentId}`);
      }
      await this.#sleep(PAUSE_MS);
    }
  }

  async #answer(one: Outsider, page: Record<string, unknown>): Promise<void> {
    const { number, seconds_left } = page.round as { number: number; seconds_left: number };
    const strikes = (fault: Parameters<Platform["strikes"]>[0]) => this.#platform.strikes(fault);
    const decision = this.#decision(one, number);
    // By a clock that is an hour ahead every round is over already.
    if (strikes("agent_clock_off")) return this.#sleep(seconds_left * 1000);
    if (strikes("agent_late")) await this.#sleep(seconds_left * 1000 + 1);
    if (strikes("agent_other_round")) this.#refused(await this.#post(one, { ...decision, round: number + 1 }), [409]);
    if (strikes("agent_wrong")) this.#refused(await this.#post(one, { ...decision, price: 1 }), [422]);
    if (strikes("agent_large")) this.#refused(await this.#post(one, { ...decision, reasoning: TOO_LARGE }), [413]);
    if (strikes("agent_foreign_key")) {
      const stranger = [...this.#called.values()].find(({ tournamentId }) => tournamentId === one.tournamentId);
      if (stranger) this.#refused(await this.#post({ ...one, key: stranger.key }, decision), [403]);
    }
    if (strikes("agent_key_revoked")) await this.#loseKey(one, decision);
    const isStored = await this.#send(one, decision);
    if (!isStored || !strikes("agent_twice")) return;
    const again = await this.#post(one, decision);
    if (again.status === 200 && again.body.replayed !== true) this.onViolation(`a repeat was no repeat: ${one.id}`);
    if (again.status !== 200) this.#refused(again, []);
    this.#refused(await this.#post(one, { ...decision, reasoning: "Changed my mind." }), [409]);
  }

  #decision(one: Outsider, round: number): Decision {
    const dice = seededRandom(`${this.#seed}/${one.id}/${round}`);
    const amount = String(1 + dice.int(2000));
    const side = dice.int(3) === 0 ? ("sell" as const) : ("buy" as const);
    const symbol = dice.int(2) === 0 ? "BTC-USDT" : "ETH-USDT";
    return { round, orders: dice.int(4) === 0 ? [] : [{ side, symbol, amount }], reasoning: `Threw ${dice.int(1e9)}.` };
  }

  /** Sends a decision, again where no answer came. True: it is stored, and that was promised. */
  async #send(one: Outsider, decision: Decision): Promise<boolean> {
    for (let tries = 0; tries < TRIES; tries++) {
      const { status } = await this.#post(one, decision);
      if (status === 200) {
        const { id: agentId, tournamentId } = one;
        const { round, reasoning } = decision;
        this.#promised.set(`${agentId} ${round}`, { agentId, tournamentId, round, reasoning });
        return true;
      }
      if (status !== null && status < 500) return false;
    }
    return false;
  }

  /** Its key is revoked in mid round: the old one is of no use any more. */
  async #loseKey(one: Outsider, decision: unknown): Promise<void> {
    const old = { ...one };
    const body = { role: "agent", name: "Caller", agent_id: one.id };
    const made = await this.#worker.request("POST", "/keys", body);
    if (made.status !== 201) return;
    one.key = String(made.body.key);
    one.keyId = String(made.body.key_id);
    const gone = await this.#worker.request("DELETE", `/keys/${old.keyId}`);
    if (gone.status === 204) this.#refused(await this.#post(old, decision), [401]);
  }

  #refused({ status, body }: Answer, allowed: readonly number[]): void {
    if (status === null || status >= 500 || allowed.includes(status)) return;
    // A round may close, and a tournament end, before what is wrong with a decision is looked at.
    if (status === 409 || status === 410) return;
    this.onViolation(`an answer of ${status} where ${allowed.join(" or ")} was due: ${JSON.stringify(body)}`);
  }

  #post(one: Outsider, body: unknown): Promise<Answer> {
    return this.#ask(one, "POST", `/agents/${one.id}/decisions?tournament_id=${one.tournamentId}`, body);
  }

  #ask(one: Outsider, method: string, path: string, body?: unknown): Promise<Answer> {
    return this.#worker.request(method, path, body, { authorization: `Bearer ${one.key}` });
  }

  #sleep(ms: number): Promise<void> {
    return new Promise((resolve) => void this.#platform.sim.after(ms, "an agent waits", null, resolve, false));
  }
}

/** Half a body, and then silence. */
function halfOf(text: string): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start: (sink) => sink.enqueue(new TextEncoder().encode(text.slice(0, text.length / 2))),
  });
}
