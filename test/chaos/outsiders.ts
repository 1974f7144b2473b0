/**
 * Two agents that are not ours: one calls the platform, and one is called. They misbehave by the seed's dice, and remember what
 * they were told and which rounds they missed by their own fault.
 */
import { createServer, type ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import type { ApiClient } from "../../src/cli/api-client.ts";
import type { Random } from "../../src/core/random.ts";
import type { Query } from "../../src/db/query.ts";
import { OutsideCalls, type Seat } from "./outside-calls.ts";
import { type Held, heldAgainst } from "./outside-verdict.ts";

/** What an agent does wrong in a round, and how often. Each is dealt once before any comes again. */
const CALLER_FAULTS = [
  "caller_late",
  "caller_twice",
  "caller_other_round",
  "caller_wrong",
  "caller_large",
  "caller_foreign_key",
  "caller_key_revoked",
] as const;
const ENDPOINT_FAULTS = [
  "endpoint_fails",
  "endpoint_busy",
  "endpoint_moved",
  "endpoint_wrong",
  "endpoint_large",
  "endpoint_stops",
  "endpoint_hangs",
  "endpoint_later",
  "endpoint_silent",
] as const;
type CallerFault = (typeof CALLER_FAULTS)[number];
type EndpointFault = (typeof ENDPOINT_FAULTS)[number];
/** The share of rounds in which something goes wrong. The others are answered as they should be. */
const FAULTY_SHARE = 0.6;

const WAIT_SECONDS = 10;
const PAUSE_MS = 500;
const TOO_LARGE = "x".repeat(64 * 1024);

const made = z.looseObject({ id: z.string() });
const keyed = z.looseObject({ key_id: z.string(), key: z.string() });
const hooked = made.extend({ key: z.string(), key_id: z.string() });
const page = z.looseObject({ round: z.looseObject({ number: z.number(), seconds_left: z.number() }) });

export interface OutsiderResult {
  readonly faults: Readonly<Record<string, number>>;
  readonly decisions_told: number;
  readonly misses_of_their_own: number;
}

export class Outsiders {
  readonly #api: ApiClient;
  readonly #calls: OutsideCalls;
  readonly #random: Random;
  readonly #server = createServer();
  readonly #ending = new AbortController();
  readonly #faults: Record<string, number> = {};
  readonly #violations: string[] = [];
  /** What is left of each deck. */
  readonly #decks = new Map<readonly string[], string[]>();
  /** By "agent round": the reasoning of a decision that the platform said it has stored. */
  readonly #told = new Map<string, string>();
  /** "agent round" of each round that its agent missed on purpose. */
  readonly #missed = new Set<string>();
  /** What the endpoint does in a round, and whether it has done it. */
  readonly #planned = new Map<number, { readonly fault: EndpointFault | null; done: boolean }>();
  #caller: Seat | null = null;
  #called: Seat | null = null;
  #tournamentId = "";
  #playing: Promise<void> = Promise.resolve();

  constructor(api: ApiClient, url: string, operatorKey: string, random: Random, signal: AbortSignal) {
    this.#api = api;
    this.#random = random;
    this.#calls = new OutsideCalls(url, operatorKey, AbortSignal.any([signal, this.#ending.signal]));
  }

  /** Makes both agents and answers their ids. */
  async make(): Promise<string[]> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    const address = this.#server.address();
    const port = address !== null && typeof address === "object" ? address.port : 0;
    this.#server.on("request", async (request, response) => {
      let body = "";
      for await (const chunk of request.setEncoding("utf8")) body += chunk;
      this.#answer(body, response);
    });
    const { id } = await this.#api.post("/agents", { name: "Caller", kind: "outside" }, made);
    const key = await this.#api.post("/keys", { role: "agent", name: "Caller", agent_id: id }, keyed);
    this.#caller = { id, key: key.key, keyId: key.key_id };
    const webhook = { name: "Called", kind: "webhook", webhook_url: `http://127.0.0.1:${port}/` };
    const called = await this.#api.post("/agents", webhook, hooked);
    this.#called = { id: called.id, key: called.key, keyId: called.key_id };
    return [id, called.id];
  }

  start(tournamentId: string): void {
    this.#tournamentId = tournamentId;
    this.#playing = this.#play();
  }

  async stop(): Promise<void> {
    this.#ending.abort();
    await this.#playing;
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  /** Whether this agent missed this round by its own fault. */
  isOwnFault(agentId: string, round: number): boolean {
    return this.#missed.has(`${agentId} ${round}`);
  }

  get result(): OutsiderResult {
    return { faults: this.#faults, decisions_told: this.#told.size, misses_of_their_own: this.#missed.size };
  }

  /** The broken promises, a sentence each. */
  async check(query: Query): Promise<string[]> {
    const held = [...this.#told].map(([key, reasoning]): Held => {
      const [agentId = "", round = ""] = key.split(" ");
      return { agentId, round: Number(round), reasoning };
    });
    return [...this.#violations, ...(await heldAgainst(query, this.#tournamentId, held))];
  }

  async #play(): Promise<void> {
    while (!this.#ending.signal.aborted) {
      const seat = this.#seat(this.#caller);
      const path = `rounds/current?tournament_id=${this.#tournamentId}&wait=${WAIT_SECONDS}`;
      const { status, body } = await this.#calls.ask(seat, "GET", path);
      if (status === 200) await this.#decide(seat, page.parse(body).round);
      else if (status === 409) await this.#calls.ask(seat, "POST", `resume?tournament_id=${this.#tournamentId}`);
      if (status !== 204) await this.#pause(PAUSE_MS);
    }
  }

  async #decide(seat: Seat, round: { number: number; seconds_left: number }): Promise<void> {
    const fault = this.#deal<CallerFault>(CALLER_FAULTS);
    const decision = this.#decision(round.number);
    const refuse = async (body: object, as: Seat, status: number) => {
      const answer = await this.#calls.ask(as, "POST", this.#decisions, body);
      // No answer, an outage, and a round that has closed meanwhile are no verdict on what was sent.
      if (answer.status === null || answer.status >= 500 || [status, 409, 410].includes(answer.status)) return;
      this.#violations.push(`${fault}: an answer of ${answer.status} where ${status} was due`);
    };
    if (fault === "caller_late") {
      this.#missed.add(`${seat.id} ${round.number}`);
      await this.#pause(round.seconds_left * 1000 + PAUSE_MS);
      return refuse(decision, seat, 409);
    }
    if (fault === "caller_other_round") await refuse({ ...decision, round: round.number + 1 }, seat, 409);
    if (fault === "caller_wrong") await refuse({ ...decision, price: 1 }, seat, 422);
    if (fault === "caller_large") await refuse({ ...decision, reasoning: TOO_LARGE }, seat, 413);
    if (fault === "caller_foreign_key") await refuse(decision, { ...seat, key: this.#seat(this.#called).key }, 403);
    let as = seat;
    if (fault === "caller_key_revoked") {
      as = (await this.#calls.changeKey(seat)) ?? seat;
      this.#caller = as;
      if (as !== seat) await refuse(decision, seat, 401);
    }
    if (!(await this.#send(as, round.number, decision)) || fault !== "caller_twice") return;
    const again = await this.#calls.ask(as, "POST", this.#decisions, decision);
    if (again.status === 200 && again.body?.replayed !== true) this.#violations.push("a repeat was no repeat");
    await refuse({ ...decision, reasoning: "Changed my mind." }, as, 409);
  }

  /** True: it is stored, and that was told. */
  async #send(seat: Seat, round: number, decision: { readonly reasoning: string }): Promise<boolean> {
    const { status } = await this.#calls.persist(seat, "POST", this.#decisions, decision);
    if (status === 200) this.#told.set(`${seat.id} ${round}`, decision.reasoning);
    return status === 200;
  }

  #answer(text: string, response: ServerResponse): void {
    const round = page.parse(JSON.parse(text)).round.number;
    const plan = this.#planned.get(round) ?? { fault: this.#deal<EndpointFault>(ENDPOINT_FAULTS), done: false };
    this.#planned.set(round, plan);
    const seat = this.#seat(this.#called);
    const decision = this.#decision(round);
    const json = (body: object) =>
      response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(body));
    const fault = plan.done ? null : plan.fault;
    plan.done = plan.fault !== "endpoint_silent";
    switch (fault) {
      case null:
        return void json(decision);
      case "endpoint_fails":
        return void response.writeHead(500).end("no");
      case "endpoint_busy":
        return void response.writeHead(429, { "retry-after": "1" }).end();
      case "endpoint_moved":
        return void response.writeHead(307, { location: "https://agonus.example/" }).end();
      case "endpoint_wrong":
        return void json({ ...decision, price: 1 });
      case "endpoint_large":
        return void json({ ...decision, reasoning: TOO_LARGE });
      case "endpoint_stops":
        response.writeHead(200, { "content-type": "application/json", "content-length": "100" });
        return void response.write('{"orders": [');
      case "endpoint_hangs":
        return;
      case "endpoint_later":
        response.writeHead(202).end();
        return void this.#send(seat, round, decision);
      case "endpoint_silent":
        // Every call of the round: the platform must give up by itself.
        this.#missed.add(`${seat.id} ${round}`);
    }
  }

  #decision(round: number) {
    const side = this.#random.next() < 0.4 ? "sell" : "buy";
    const orders = [{ side, symbol: "BTC-USDT", amount: side === "buy" ? "5" : "0.00001" }];
    return { round, orders, reasoning: `Threw ${Math.floor(this.#random.next() * 1e9)}.` };
  }

  #deal<F extends string>(kinds: readonly F[]): F | null {
    if (this.#random.next() > FAULTY_SHARE) return null;
    const kept = this.#decks.get(kinds) ?? [];
    const left = kept.length > 0 ? kept : [...kinds];
    const [fault] = left.splice(this.#random.int(left.length), 1) as F[];
    this.#decks.set(kinds, left);
    if (fault === undefined) return null;
    this.#faults[fault] = (this.#faults[fault] ?? 0) + 1;
    return fault;
  }

  get #decisions(): string {
    return `decisions?tournament_id=${this.#tournamentId}`;
  }

  #seat(seat: Seat | null): Seat {
    if (seat === null) throw new Error("the agents are not made yet");
    return seat;
  }

  #pause(ms: number): Promise<void> {
    return sleep(ms, undefined, { signal: this.#ending.signal }).catch(() => {});
  }
}
