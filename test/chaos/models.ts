/**
 * Two agents that think by language models, on a server that is slow and misbehaves by the seed's dice. The server remembers
 * what it was sent, so that it can be held against what was reserved and recorded.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import type { ApiClient } from "../../src/cli/api-client.ts";
import type { Random } from "../../src/core/random.ts";
import type { Query } from "../../src/db/query.ts";
import {
  type ChatRequest,
  calls,
  type Reply,
  type ScriptedModel,
  says,
  scriptedModel,
  text,
} from "../support/models/scripted-model.ts";

const NAMES = ["Thinker", "Doubter"];
/** The share of requests that go wrong. The others are answered as they should be. */
const FAULTY_SHARE = 0.35;
const FAULTS = [
  "busy",
  "fails",
  "drops",
  "drops_in_the_middle",
  "error_in_200",
  "no_decision",
  "unknown_tool",
] as const;
type Fault = (typeof FAULTS)[number];
/** How long an answer takes. A round of 15 s leaves a model 6. */
const SLOW_MS = { least: 200, more: 1300 };
const RESUME_MS = 5000;
const TOKENS = { prompt_tokens: 900, completion_tokens: 60 };

const made = z.looseObject({ id: z.string() });

export interface ModelResult {
  readonly faults: Readonly<Record<string, number>>;
  readonly requests: number;
  /** Whole answers, whether they arrived or not. */
  readonly answers: number;
}

/** Queries that must each count nothing. */
const LAWS: Readonly<Record<string, string>> = {
  "recorded steps that were paid for twice": `select count(*)::int as n from model_steps a join model_steps b
    on b.round_id = a.round_id and b.entry_id = a.entry_id and b.request_hash = a.request_hash and (b.step, b.attempt) > (a.step, a.attempt)
    where a.state = 'answered'`,
  "steps that cost more than was reserved": `select count(*)::int as n from model_steps where input_tokens + output_tokens > reserved_tokens`,
  "accounts that are not the sum of their steps": `select count(*)::int as n from model_accounts a join lateral (
      select coalesce(sum(input_tokens), 0) as input, coalesce(sum(output_tokens), 0) as output, coalesce(sum(usd), 0) as usd, count(answered_at) as calls
      from model_steps s where s.entry_id = a.entry_id) s on true
    where (a.input_tokens, a.output_tokens, a.usd, a.calls) is distinct from (s.input, s.output, s.usd, s.calls)`,
  "accounts that hold other than their round's open steps": `select count(*)::int as n from model_accounts a join lateral (
      select coalesce(sum(reserved_usd) filter (where state = 'reserved'), 0) as held,
        sum(case state when 'reserved' then reserved_tokens else input_tokens + output_tokens end) as tokens
      from model_steps s where s.entry_id = a.entry_id and s.round_id = a.round_id) s on true
    where (a.held_usd, a.round_tokens) is distinct from (s.held, s.tokens)`,
  "models that decided without a step": `select count(*)::int as n from decisions d join decision_details x using (round_id, entry_id)
    join entries e on e.id = d.entry_id and e.kind = 'llm'
    where x.fault is null and not exists (select from model_steps s where s.round_id = d.round_id and s.entry_id = d.entry_id and s.state = 'answered')`,
};

/** Requests that came more often than they were reserved. */
const UNRESERVED = `
select count(*)::int as n from jsonb_to_recordset($1::jsonb) as r(hash text, times int)
where times > (select count(*) from model_steps s where s.request_hash = r.hash)`;

export class Models {
  readonly #api: ApiClient;
  readonly #random: Random;
  readonly #faults: Record<string, number> = {};
  /** By a request's hash: how often it came. */
  readonly #received = new Map<string, number>();
  #server: ScriptedModel | null = null;
  #port = 0;
  #requests = 0;
  #answers = 0;
  #resuming: NodeJS.Timeout | undefined;
  readonly #ids: string[] = [];

  constructor(api: ApiClient, random: Random) {
    this.#api = api;
    this.#random = random;
  }

  /** Makes the agents and answers their ids. */
  async make(): Promise<string[]> {
    await this.comeBack();
    const prices = { input_usd_per_million: "1", output_usd_per_million: "4" };
    const llm = { base_url: this.#server?.url, model: "chaos", prices, budget: { usd_total: "1000" } };
    for (const name of NAMES) {
      const config = { llm: { ...llm, instructions: `You are ${name}.` } };
      this.#ids.push((await this.#api.post("/agents", { name, kind: "llm", config }, made)).id);
    }
    return this.#ids;
  }

  /** From now on halted entries are resumed: a provider that is broken for long halts them, and rightly so. */
  start(tournamentId: string): void {
    const path = (id: string) => `/agents/${id}/resume?tournament_id=${tournamentId}`;
    const resume = () => Promise.allSettled(this.#ids.map((id) => this.#api.post(path(id), {}, z.unknown())));
    // Most calls are refused, since their entry goes on. What is broken may keep any of them from coming through.
    this.#resuming = setInterval(resume, RESUME_MS);
  }

  /** The provider dies with every line that is open. */
  async goAway(): Promise<void> {
    const server = this.#server;
    this.#server = null;
    await server?.close();
  }

  /** At the address that it had. */
  async comeBack(): Promise<void> {
    if (this.#server) return;
    const server = await scriptedModel(this.#port);
    this.#port = Number(new URL(server.url).port);
    server.script((request, n) => this.#answer(request, server.received[n]?.hash ?? ""));
    this.#server = server;
  }

  close(): Promise<void> {
    clearInterval(this.#resuming);
    return this.goAway();
  }

  get result(): ModelResult {
    return { faults: this.#faults, requests: this.#requests, answers: this.#answers };
  }

  /** The broken promises, a sentence each. */
  async check(query: Query): Promise<string[]> {
    const wrong: string[] = [];
    const received = [...this.#received].map(([hash, times]) => ({ hash, times }));
    const count = async (sql: string, params: readonly unknown[] = []) =>
      (await query<{ n: number }>(sql, params))[0]?.n;
    for (const [law, sql] of Object.entries(LAWS)) {
      const n = await count(sql);
      if (n !== 0) wrong.push(`${n} ${law}`);
    }
    const n = await count(UNRESERVED, [JSON.stringify(received)]);
    if (n !== 0) wrong.push(`${n} requests to a model that were not reserved`);
    if (this.#answers === 0) wrong.push("no model was asked");
    return wrong;
  }

  async #answer(request: ChatRequest, hash: string): Promise<Reply> {
    this.#requests += 1;
    this.#received.set(hash, (this.#received.get(hash) ?? 0) + 1);
    await sleep(SLOW_MS.least + this.#random.next() * SLOW_MS.more);
    const fault = this.#random.next() < FAULTY_SHARE ? FAULTS[this.#random.int(FAULTS.length)] : undefined;
    if (fault) {
      this.#faults[fault] = (this.#faults[fault] ?? 0) + 1;
      return faultOf(fault);
    }
    this.#answers += 1;
    return this.#whole(request);
  }

  /** Some steps with tools, then a decision. */
  #whole({ messages }: ChatRequest): Reply {
    const steps = messages.filter(({ role }) => role === "assistant").length;
    const dice = this.#random.next();
    if (steps === 0 || (steps === 1 && dice < 0.3)) {
      const calls = [
        { name: "get_price", args: { symbol: "BTC-USDT" } },
        { name: "write_note", args: { key: "dice", text: dice.toFixed(6) }, id: "note" },
        {
          name: "plan_step",
          args: { type: "RESEARCH", at: "2090-01-01T00:00:00Z", note: dice.toFixed(6) },
          id: "plan",
        },
      ];
      return says({ calls, usage: TOKENS });
    }
    const side = dice < 0.4 ? "sell" : "buy";
    const orders = [{ side, symbol: "BTC-USDT", amount: side === "buy" ? "5" : "0.00001" }];
    return says({ calls: [{ name: "submit_decision", args: { orders, reasoning: `Threw ${dice}.` } }], usage: TOKENS });
  }
}

function faultOf(fault: Fault): Reply {
  switch (fault) {
    case "busy":
      return { kind: "answer", status: 429, headers: { "retry-after": "1" }, body: "slow down" };
    case "fails":
      return { kind: "answer", status: 503, body: "oops" };
    case "drops":
      return { kind: "drop" };
    case "drops_in_the_middle":
      return { kind: "drop", body: '{"choices": [' };
    case "error_in_200":
      return { kind: "answer", body: JSON.stringify({ error: { message: "overloaded" } }) };
    case "no_decision":
      return text("I can't say.");
    case "unknown_tool":
      return calls("fly_away", {});
  }
}
