/** Agents from outside in workerd: waits that share one call to the Arena across requests. */
import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, expect, test, vi } from "vitest";
import { Arena } from "../../durable-objects/arena.ts";
import { agonusRound } from "../../src/api/round.ts";
import { outsideAgents } from "../support/outside-agents.ts";
import { call, eventually, KEY, makeAgent, query, replay } from "./arrange.ts";

afterEach(() => vi.restoreAllMocks());

const outside = () => makeAgent({ strategy_type: undefined, kind: "outside" });

async function keyOf(agentId: string): Promise<string> {
  const { body } = await call("POST", "/keys", { role: "agent", name: "Bot", agent_id: agentId }, KEY);
  return body.key;
}
const current = (agentId: string, tournamentId: string, key: string, wait: number) =>
  call("GET", `/agents/${agentId}/rounds/current?tournament_id=${tournamentId}&wait=${wait}`, undefined, key);
const hold = (agentId: string, tournamentId: string, key: string, round: number) =>
  call(
    "POST",
    `/agents/${agentId}/decisions?tournament_id=${tournamentId}`,
    { round, orders: [], reasoning: "x" },
    key,
  );

test("agents wait for a replay's rounds and answer each of them, until it is over", async () => {
  const agents = await Promise.all([outside(), outside(), outside()]);
  const cup = await replay(3, agents);
  const play = async (agentId: string) => {
    const key = await keyOf(agentId);
    const rounds: number[] = [];
    for (;;) {
      const { status, body } = await current(agentId, cup, key, 20);
      if (status === 410) return rounds;
      if (status !== 200) continue;
      rounds.push(agonusRound.parse(body).round.number);
      expect((await hold(agentId, cup, key, body.round.number)).status).toBe(200);
    }
  };
  const played = agents.map(play);
  expect((await call("POST", `/tournaments/${cup}/start`)).status).toBe(200);
  expect(await Promise.all(played)).toEqual([
    [0, 1, 2],
    [0, 1, 2],
    [0, 1, 2],
  ]);
  const missed = await query("select 1 from missed_decisions where tournament_id = $1", [cup]);
  expect(missed).toEqual([]);
}, 60_000);

const WAITERS = 1000;
/** Here each request sends its own statements (own-work.ts), so not all come in the same moment. */
const ABREAST = 50;

/** As clients do: a busy database answers 503, and is asked again. */
async function patiently(ask: () => ReturnType<typeof call>): ReturnType<typeof call> {
  for (;;) {
    const answer = await ask();
    if (answer.status !== 503) return answer;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

test(`${WAITERS} agents wait while their Arena is reset, before the round opens and in the midst of its opening: each is told once`, async () => {
  const agents = await outsideAgents(query, WAITERS, `Waiter ${crypto.randomUUID().slice(0, 8)}`);
  const cup = await replay(
    1,
    agents.map(({ id }) => id),
  );
  const arena = env.ARENA.getByName(cup);
  const reset = () =>
    expect(runInDurableObject(arena, (_: Arena, state) => state.abort("reset by the test"))).rejects.toThrow();
  const { fetch } = globalThis;
  let opened = 0;
  vi.spyOn(globalThis, "fetch").mockImplementation(async (...args) => {
    const body = String(args[1]?.body);
    if (body.includes("/* guard open-live */")) {
      opened += 1;
      const answer = await fetch(...args);
      // The round is committed, and the object that would tell of it is lost.
      if (opened === 1) await reset();
      return answer;
    }
    return fetch(...args);
  });
  const waiting: ReturnType<typeof call>[] = [];
  for (let from = 0; from < WAITERS; from += ABREAST) {
    const next = agents.slice(from, from + ABREAST);
    waiting.push(...next.map(({ id, key }) => patiently(() => current(id, cup, key, 60))));
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  await eventually("all keys have been looked up", async () => {
    const [row] = await query<{ n: number }>(
      "select count(*)::int as n from keys where last_used_at is not null and agent_id = any($1)",
      [agents.map(({ id }) => id)],
    );
    return row?.n === WAITERS;
  });
  await reset();
  const arenaCalls = vi.spyOn(Arena.prototype, "untilOpening");
  expect((await call("POST", `/tournaments/${cup}/start`)).status).toBe(200);
  const answers = await Promise.all(waiting);
  expect(opened).toBeGreaterThan(0);
  // Each page is the agent's own, and of the round that opened.
  const told = answers.map(({ status, body }) => [status, agonusRound.parse(body).round.number]);
  expect(told).toEqual(agents.map(() => [200, 0]));
  // One of them asks for all.
  expect(arenaCalls.mock.calls.length).toBeLessThan(20);
  vi.restoreAllMocks();

  const stored: Awaited<ReturnType<typeof call>>[] = [];
  for (let from = 0; from < WAITERS; from += ABREAST) {
    const next = agents.slice(from, from + ABREAST);
    stored.push(...(await Promise.all(next.map(({ id, key }) => patiently(() => hold(id, cup, key, 0))))));
  }
  expect(stored.map(({ status }) => status)).toEqual(agents.map(() => 200));
  await eventually(
    "the replay is over",
    async () => (await call("GET", `/tournaments/${cup}`)).body.status === "completed",
  );
  const [row] = await query<{ decisions: number; tasks: number; missed: number }>(
    `select (select count(*) from decisions d join rounds r on r.id = d.round_id where r.tournament_id = $1)::int as decisions,
       (select count(*) from tasks where tournament_id = $1 and name = 'run_agent_decision')::int as tasks,
       (select count(*) from missed_decisions where tournament_id = $1)::int as missed`,
    [cup],
  );
  expect(row).toEqual({ decisions: WAITERS, tasks: WAITERS, missed: 0 });
  // Nobody is asked twice.
  const [first] = agents;
  expect(first && (await current(first.id, cup, first.key, 0)).status).toBe(410);
}, 120_000);
