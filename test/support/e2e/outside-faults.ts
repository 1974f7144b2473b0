/** What an agent from outside may do wrong, each once in a tournament: by REST, and as the endpoint of a webhook. */
import type { ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "vitest";
import {
  type Heard,
  halfABody,
  hangs,
  type Reply,
  slowDrip,
  startEndpoint,
  type TestEndpoint,
} from "../webhooks/endpoint.ts";
import type { Seat } from "./outside-players.ts";

/** The only round that the faulty agents miss: one answers after the deadline, the other's endpoint never. */
export const MISSED_ROUND = 12;

const hold = { orders: [], reasoning: "Nothing to do." };
/** How the first calls of a round are answered. Each further call reaches the receiver. */
const endpointFaults: Readonly<Record<number, readonly Reply[]>> = {
  2: [{ status: 500 }],
  4: [{ status: 429, headers: { "retry-after": "1" } }],
  6: [{ status: 307, headers: { location: "https://agonus.example/" } }],
  8: [{ status: 200, body: { ...hold, price: 1 } }],
  10: [{ status: 200, raw: `${JSON.stringify(hold)}${" ".repeat(64 * 1024)}` }],
  [MISSED_ROUND]: [slowDrip, halfABody, hangs, hangs, hangs, hangs],
  14: [{ status: 200, body: { ...hold, round: 15 } }],
};
/** The round whose first call meets a receiver with a wrong clock. */
const CLOCK_OFF_ROUND = 16;

/** Stands before two receivers of docs/examples: one with the platform's clock, one with a clock of its own. */
export async function startFaultyEndpoint(receivers: () => { right: string; clockOff: string }): Promise<TestEndpoint> {
  const calls = new Map<number, number>();
  const relay = async (heard: Heard, response: ServerResponse) => {
    const { number } = JSON.parse(heard.body).round;
    const call = calls.get(number) ?? 0;
    calls.set(number, call + 1);
    const fault = endpointFaults[number]?.[call];
    if (typeof fault === "function") return fault(response);
    if (fault) return response.writeHead(fault.status, fault.headers).end(fault.raw ?? JSON.stringify(fault.body));
    const { right, clockOff } = receivers();
    const headers = Object.entries(heard.headers).flatMap(([name, value]) =>
      name.startsWith("webhook-") || name === "content-type" ? [[name, String(value)] as [string, string]] : [],
    );
    const to = number === CLOCK_OFF_ROUND && call === 0 ? clockOff : right;
    const answer = await fetch(to, { method: "POST", headers, body: heard.body });
    response.writeHead(answer.status, { "content-type": "application/json" }).end(await answer.text());
  };
  const endpoint = await startEndpoint();
  endpoint.reply((response) => {
    const last = endpoint.heard.at(-1);
    if (last) relay(last, response).catch((error: unknown) => response.writeHead(502).end(String(error)));
  });
  return endpoint;
}

export interface Faulty extends Seat {
  readonly agentId: string;
  readonly tournamentId: string;
  /** The key of another agent of the tournament. */
  readonly foreignKey: string;
  /** Revokes its key, and gives it another one. */
  changeKey(): Promise<string>;
  /** Sends half a body, says nothing more, and hangs up. */
  halfABody(key: string, decision: object): Promise<void>;
  /** What happens around it, by round. */
  readonly events: Readonly<Record<number, () => Promise<void>>>;
}

/** Plays all rounds by REST and misbehaves in some of them. Answers the rounds that it was told are stored. */
export async function playFaultily(me: Faulty): Promise<number[]> {
  let { key } = me;
  const stored: number[] = [];
  const ask = async (method: string, path: string, body?: object, as = key) => {
    const headers = { authorization: `Bearer ${as}`, "content-type": "application/json" };
    const at = `${me.url}/agents/${me.agentId}/${path}?tournament_id=${me.tournamentId}`;
    const asked = { method, headers, ...(body && { body: JSON.stringify(body) }) };
    const answer = await fetch(method === "GET" ? `${at}&wait=60` : at, asked);
    const text = await answer.text();
    return { status: answer.status, body: text === "" ? null : JSON.parse(text) };
  };
  const decide = (body: object, as = key) => ask("POST", "decisions", body, as);
  const told = async (body: object, as = key) => {
    const answer = await decide(body, as);
    return [answer.status, answer.body.code ?? answer.body.replayed];
  };
  const faults: Readonly<Record<number, (decision: object, page: { round: Record<string, number> }) => Promise<void>>> =
    {
      3: async (decision) => expect(await told({ ...decision, round: 4 })).toEqual([409, "round.not_open"]),
      5: async (decision) =>
        expect(await told({ ...decision, round: 4, reasoning: "Late." })).toEqual([409, "decision.exists"]),
      7: async (decision) => {
        const large = { ...decision, memory: { notes: { text: "x".repeat(64 * 1024) } } };
        expect(await told(large)).toEqual([413, "request.too_large"]);
      },
      9: (decision) => me.halfABody(key, decision),
      11: async (decision) => expect(await told({ ...decision, price: 1 })).toEqual([422, "request.invalid"]),
      [MISSED_ROUND]: async (decision, { round }) => {
        await sleep((round.seconds_left ?? 0) * 1000 + 500);
        expect(await told(decision)).toEqual([409, "round.late"]);
      },
      13: async (decision) => {
        expect(await told({ ...decision, round: MISSED_ROUND })).toEqual([409, "round.late"]);
        expect(await told(decision, me.foreignKey)).toEqual([403, "auth.forbidden"]);
      },
      15: async (decision) => {
        const old = key;
        key = await me.changeKey();
        expect(await told(decision, old)).toEqual([401, "auth.wrong_key"]);
      },
    };
  for (;;) {
    const { status, body: page } = await ask("GET", "rounds/current");
    if (status === 410) return stored;
    if (status === 204) continue;
    expect([status, page.code]).toEqual([200, undefined]);
    const { number } = page.round;
    const decision = { round: number, orders: [], reasoning: "One at a time." };
    await me.events[number]?.();
    await faults[number]?.(decision, page);
    if (number === MISSED_ROUND) continue;
    expect([number, ...(await told(decision))]).toEqual([number, 200, false]);
    // Twice: the same again, and another one.
    if (number === 1) {
      expect(await told(decision)).toEqual([200, true]);
      expect(await told({ ...decision, reasoning: "Changed my mind." })).toEqual([409, "decision.exists"]);
    }
    stored.push(number);
  }
}
