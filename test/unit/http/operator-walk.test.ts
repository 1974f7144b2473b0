/** A tournament's ledger is exact after any actions of an operator, in any order. */
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { checkLedger } from "../../../src/ledger/check-ledger.ts";
import { advance } from "../../../src/rounds/advance.ts";
import { type TestClock, testClock } from "../../support/builders.ts";
import { closeTestServer } from "../../support/database.ts";
import type { Answer } from "../../support/http-app.ts";
import { type HttpEngine, openEngine } from "../../support/http-engine.ts";

const INTERVAL_SECONDS = 60;
const AGENTS = [
  { strategy_type: "baseline", strategy: "random" },
  { strategy_type: "baseline", strategy: "equal_weight" },
  { strategy_type: "baseline", strategy: "buy_and_hold", config: { params: { symbol: "BTC-USDT" } } },
  { strategy_type: "momentum", risk_score: "1" },
];

let engine: HttpEngine;
let clock: TestClock;
const agents: string[] = [];
beforeAll(async () => {
  engine = await openEngine({ wakeArena: async (id) => void (await advance(engine.run.ports, id)) });
  clock = await testClock(engine.api.db.query);
  for (const fields of AGENTS) agents.push(await engine.api.agent(fields));
});
afterAll(async () => {
  await engine.api.db.close();
  await closeTestServer();
});

const iso = (ms: number) => new Date(ms).toISOString();
const agent = fc.constantFrom(0, 1, 2, 3);
const cash = fc.constantFrom("500", "1000", "250.12345678", "12");

/** What a change of a tournament may hold; times are seconds from now. */
const change = fc.oneof(
  fc.record({ starting_cash: cash }),
  fc.record({ rules: fc.record({ fee_bps: fc.constantFrom("0", "10"), min_order: fc.constantFrom("0", "1") }) }),
  fc.record({ symbols: fc.constantFrom(["BTC-USDT"], ["ETH-USDT", "BTC-USDT"], ["SOL-USDT"]) }),
  fc.record({ starts_in: fc.integer({ min: -120, max: 120 }) }),
  fc.record({ interval_seconds: fc.constantFrom(30, 60) }),
  fc.record({ name: fc.constantFrom("Cup", "Other cup"), starting_cash: cash }),
);
const step = fc.oneof(
  { weight: 3, arbitrary: fc.record({ does: fc.constant("patch" as const), change }) },
  { weight: 3, arbitrary: fc.record({ does: fc.constant("join" as const), agent }) },
  { weight: 2, arbitrary: fc.record({ does: fc.constant("leave" as const), agent }) },
  { weight: 2, arbitrary: fc.record({ does: fc.constant("recover" as const), agent }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constant("run" as const), agent }) },
  { weight: 2, arbitrary: fc.record({ does: fc.constant("start" as const) }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constant("pause" as const) }) },
  { weight: 2, arbitrary: fc.record({ does: fc.constant("resume" as const) }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constant("cancel" as const) }) },
  { weight: 10, arbitrary: fc.record({ does: fc.constant("wait" as const), seconds: fc.constantFrom(5, 20, 40) }) },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;
/** Mostly it starts somewhere in between. */
const walk = fc.record({
  cash,
  entered: fc.subarray([0, 1, 2, 3]),
  before: fc.array(step, { maxLength: 12, size: "max" }),
  starts: fc.constantFrom(true, true, true, false),
  after: fc.array(step, { maxLength: 30, size: "max" }),
});

async function create(startingCash: string, entered: readonly number[]): Promise<string> {
  const now = clock.now();
  const { status, body } = await engine.api.post("/tournaments", {
    name: "Cup",
    market: "synthetic",
    symbols: ["BTC-USDT", "ETH-USDT"],
    starts_at: iso(now + 60_000),
    ends_at: iso(now + 1_260_000),
    interval_seconds: INTERVAL_SECONDS,
    starting_cash: startingCash,
    agent_ids: entered.map((place) => agents[place]),
  });
  expect(status, JSON.stringify(body)).toBe(201);
  return body.id;
}

async function take(id: string, one: Step): Promise<Answer | null> {
  const { api } = engine;
  switch (one.does) {
    case "patch": {
      if (!("starts_in" in one.change)) return api.patch(`/tournaments/${id}`, one.change);
      const startsAt = clock.now() + one.change.starts_in * 1000;
      return api.patch(`/tournaments/${id}`, { starts_at: iso(startsAt), ends_at: iso(startsAt + 1_200_000) });
    }
    case "join":
      return api.post(`/tournaments/${id}/initialize`, { agent_ids: [agents[one.agent]] });
    case "leave":
      return api.call("DELETE", `/tournaments/${id}/agents/${agents[one.agent]}`);
    case "recover":
    case "run":
      return api.post(`/agents/${agents[one.agent]}/${one.does}?tournament_id=${id}`);
    case "wait":
      await clock.add(one.seconds * 1000);
      await advance(engine.run.ports, id);
      return null;
    default:
      return api.post(`/tournaments/${id}/${one.does}`);
  }
}

test("a random walk over an operator's writes ends with an exact ledger", async () => {
  const done = new Map<string, number>();
  await fc.assert(
    fc.asyncProperty(walk, async ({ cash, entered, before, starts, after }) => {
      const id = await create(cash, entered);
      const steps: Step[] = [...before, ...(starts ? [{ does: "start" as const }] : []), ...after];
      for (const one of steps) {
        const answer = await take(id, one);
        await engine.run.drain();
        if (answer && ![404, 409, 422].includes(answer.status)) {
          expect(answer.status, `${JSON.stringify(one)}: ${JSON.stringify(answer.body)}`).toBeLessThan(300);
          done.set(one.does, (done.get(one.does) ?? 0) + 1);
        }
      }
      const ledger = await checkLedger(engine.api.db.query, { tournamentId: id });
      expect(ledger.errors.map(({ sentence }) => sentence)).toEqual([]);
    }),
    // A seed of its own: what the walks did is looked at below.
    { numRuns: 60, seed: 14 },
  );
  // An action that never happened would prove nothing.
  const writes = ["patch", "join", "leave", "recover", "run", "start", "pause", "resume", "cancel"];
  expect(writes.filter((write) => !done.has(write))).toEqual([]);
  const [{ trades } = { trades: 0 }] = await engine.api.db.query<{ trades: number }>(
    "select count(*) as trades from trades",
  );
  expect(trades).toBeGreaterThan(20);
}, 300_000);
