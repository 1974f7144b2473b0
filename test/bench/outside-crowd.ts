/**
 * Agents from outside in a process of their own, so that they take no time from the database's proxy. Arguments: the Worker's
 * URL and the tournament. Its parent sends the agents and then orders, and gets one answer to each of them.
 */
import { Agent, request } from "node:http";
import { quantile } from "./figure.ts";
import type { CrowdAnswer, CrowdOrder, Member } from "./outside-bench.ts";

const [url = "", tournamentId = ""] = process.argv.slice(2);
const { hostname, port } = new URL(url);
const NUMBER = /"round":\{"number":(\d+)/;
const OVER = '"over":true}\n';
const WAIT_SECONDS = 20;
/** After an answer of 503: the platform asks for patience. */
const PAUSE_MS = 500;
/** As long as the peer's. */
const ORDERS = [{ side: "buy", symbol: "BTC-USDT", amount: "5" }];
const REASONING = "a sentence of a usual length, with numbers 1.5";

let members: readonly Member[] = [];
let stops = false;
/** Nobody answers before all have been woken: waking alone is measured. */
let together = false;
let woken: [round: number, atMs: number][] = [];
let asked = 0;
let busy = 0;
const faults = new Map<string, number>();
const gates = new Map<number, { count: number; open: () => void; opened: Promise<void> }>();

interface Reply {
  readonly status: number;
  readonly head: string;
}

function ask(agent: Agent, method: string, path: string, key: string, body?: string): Promise<Reply> {
  const { promise, resolve, reject } = Promise.withResolvers<Reply>();
  const headers = { authorization: `Bearer ${key}`, ...(body && { "content-type": "application/json" }) };
  const call = request({ hostname, port, agent, method, path, headers }, (answer) => {
    let head = "";
    answer.on("data", (chunk: Buffer) => {
      // Only the head of a page is read: a thousand agents would parse theirs, but not on this machine.
      if (head.length < 1000) head += chunk.toString("latin1", 0, 1000);
    });
    answer.once("end", () => resolve({ status: answer.statusCode ?? 0, head }));
    answer.once("error", reject);
  });
  call.once("error", reject);
  call.end(body);
  return promise;
}

const decision = (round: number, orders = ORDERS) => JSON.stringify({ round, orders, reasoning: REASONING });
/** About a tenth of the house agents that play beside them order in a round (`cycle`), so a tenth of these do. */
const ordersOf = (round: number, place: number) => ((round + place) % 10 === 0 ? ORDERS : []);
const pathOf = ({ id }: Member, what: string) => `/agents/${id}/${what}?tournament_id=${tournamentId}`;
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Waits for its first round, and then gets each next one with the answer to its decision. */
async function play(member: Member, place: number, agent: Agent): Promise<void> {
  const wait = `wait=${WAIT_SECONDS}`;
  const current = `${pathOf(member, "rounds/current")}&${wait}`;
  const decide = `${pathOf(member, "decisions")}&${wait}`;
  let round: number | null = null;
  while (!stops) {
    try {
      asked += 1;
      const body = round === null ? null : decision(round, ordersOf(round, place));
      const send = () =>
        body === null ? ask(agent, "GET", current, member.key) : ask(agent, "POST", decide, member.key, body);
      const { status, head } = await patiently(send);
      round = null;
      if (status === 410 || head.endsWith(OVER)) return;
      if (status === 204 || (body !== null && head.includes('"next":null'))) continue;
      const number = NUMBER.exec(head)?.[1];
      if (status !== 200 || number === undefined) throw new Error(`${status} ${head.slice(0, 200)}`);
      round = Number(number);
      woken.push([round, Date.now()]);
      if (together) await gateOf(round);
    } catch (error) {
      const text = String(error);
      faults.set(text, (faults.get(text) ?? 0) + 1);
      await pause(PAUSE_MS);
    }
  }
}

async function patiently(send: () => Promise<Reply>): Promise<Reply> {
  for (;;) {
    const reply = await send();
    if (reply.status !== 503) return reply;
    busy += 1;
    await pause(PAUSE_MS);
  }
}

function gateOf(round: number): Promise<void> {
  let gate = gates.get(round);
  if (!gate) {
    const { promise: opened, resolve: open } = Promise.withResolvers<void>();
    gate = { count: 0, open, opened };
    gates.set(round, gate);
  }
  gate.count += 1;
  if (gate.count === members.length) gate.open();
  return gate.opened;
}

/** One decision of each member, one after the other on each connection. */
async function post(round: number, connections: number): Promise<CrowdAnswer> {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const left = [...members];
  const times: number[] = [];
  const from = performance.now();
  await Promise.all(
    Array.from({ length: connections }, async () => {
      for (let member = left.pop(); member; member = left.pop()) {
        const began = performance.now();
        const to = pathOf(member, "decisions");
        const { status, head } = await ask(agent, "POST", to, member.key, decision(round));
        if (status !== 200) throw new Error(`${status} ${head}`);
        times.push(performance.now() - began);
      }
    }),
  );
  const seconds = (performance.now() - from) / 1000;
  agent.destroy();
  return { perSecond: times.length / seconds, p50Ms: quantile(times, 0.5), p99Ms: quantile(times, 0.99) };
}

async function obey(order: CrowdOrder): Promise<CrowdAnswer | null> {
  switch (order.kind) {
    case "members":
      members = order.members;
      return {};
    case "play": {
      const agent = new Agent({ keepAlive: true, maxSockets: Number.POSITIVE_INFINITY });
      members.forEach((member, place) => void play(member, place, agent));
      return {};
    }
    case "together":
      together = order.together;
      return {};
    case "post":
      return post(order.round, order.connections);
    case "report": {
      const answer = { woken, asked, busy, faults: [...faults] };
      woken = [];
      asked = 0;
      busy = 0;
      faults.clear();
      return answer;
    }
    case "stop":
      stops = true;
      return {};
  }
}

process.on("message", (order: CrowdOrder) => {
  obey(order).then(
    (answer) => process.send?.(answer),
    (error: unknown) => process.send?.({ failure: String(error) }),
  );
});
process.on("disconnect", () => process.exit(0));
