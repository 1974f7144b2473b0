/** What goes wrong around a round, and what it must not take down with it. */
import { afterAll, afterEach, beforeEach, expect, test } from "vitest";
import { cancelTournament } from "../../../src/db/statements/tournaments/change-state.ts";
import { advance } from "../../../src/rounds/advance.ts";
import { joinEntries } from "../../../src/rounds/join.ts";
import type { LoopPlan } from "../../../src/rounds/ports.ts";
import { wakeEntries } from "../../../src/rounds/wake.ts";
import { count, START, type TestClock, testClock, type World, world } from "../../support/builders.ts";
import { closeTestServer, openTestDatabase, type TestDatabase } from "../../support/database.ts";
import { type InProcess, inProcess } from "../../support/in-process.ts";

let db: TestDatabase;
let clock: TestClock;
let run: InProcess;
beforeEach(async () => {
  db = await openTestDatabase();
  clock = await testClock(db.query);
  run = inProcess(db.query);
});
afterEach(() => db.close());
afterAll(closeTestServer);

const decideAll = (cup: World) =>
  run.queued.push({
    queue: "agents",
    message: { type: "decide", tournament_id: cup.id, entry_ids: cup.entries.map((e) => e.id) },
  });
test("an object that can't be reached keeps nobody else of its batch from deciding, and spends no attempt", async () => {
  const cup = await world(db.query, { entries: 4 });
  await clock.set(cup.due(0));
  await advance(run.ports, cup.id);
  run.answer(cup.entries[1]?.id ?? "", () => {
    throw new Error("Durable Object exceeded its memory limit");
  });
  decideAll(cup);
  await run.drain(20);
  expect(await count(db.query, "decisions")).toBe(3);
  expect(await count(db.query, "tasks where state <> 'SUCCESS'")).toBe(0);
});

test("a tournament that can't go on holds no other one back", async () => {
  const broken = await world(db.query);
  const sound = await world(db.query);
  await clock.set(START);
  for (const cup of [broken, sound]) await advance(run.ports, cup.id);
  // As a later version may have written them: nothing is wrong with its market, and the code may be mended.
  await db.query(`update tournaments set rules = '{"fee_bps": "many"}' where id = $1`, [broken.id]);
  await clock.set(START + 150_000);
  expect(await run.runTask("check_tournament_transitions")).toMatchObject({
    state: "SUCCESS",
    result: { advanced: 1, failed: 1 },
  });
  expect(await db.query(`select state from rounds where tournament_id = $1`, [sound.id])).toEqual([
    { state: "settled" },
  ]);
  expect(await run.runTask("run_all_live_tournament_agents")).toMatchObject({
    state: "SUCCESS",
    result: { tournaments: 2, failed: 1 },
  });
});

test("a decision asked for in an hour is not bound to the round that is open now", async () => {
  const cup = await world(db.query, { entries: 1 });
  await clock.set(cup.due(0));
  await advance(run.ports, cup.id);
  await run.ports.enqueue(
    "run_agent_decision",
    { tournament_id: cup.id, agent_id: cup.entries[0]?.agentId },
    { countdownSeconds: 3600 },
  );
  decideAll(cup);
  await run.drain();
  expect(await db.query(`select state, key from tasks order by state`)).toEqual([
    { state: "PENDING", key: null },
    { state: "SUCCESS", key: null },
  ]);
});

test("a round that opened while a cancelling waited ends with the tournament", async () => {
  const cup = await world(db.query, { entries: 1 });
  await clock.set(cup.due(0));
  await db.session(async (session) => {
    await session("begin");
    await advance({ ...run.ports, query: session }, cup.id);
    const cancelling = cancelTournament(db.query, cup.id);
    await new Promise((resolve) => setTimeout(resolve, 200));
    await session("commit");
    await cancelling;
  });
  await advance(run.ports, cup.id);
  expect(await db.query(`select state, skip_reason from rounds`)).toEqual([
    { state: "skipped", skip_reason: "cancelled" },
  ]);
});

test("orders that a cancelling died before it dropped are dropped by the next look", async () => {
  const cup = await world(db.query, { entries: 1 });
  await clock.set(cup.due(0));
  await advance(run.ports, cup.id);
  const [entry] = cup.entries;
  const orders = [{ side: "buy", symbol: "BTC-USDT", amount: "50" }];
  // The decision commits while the cancelling waits for its round, whose second statement never comes.
  let calls = 0;
  const dying: typeof db.query = (text, params) => {
    calls += 1;
    return calls === 1 ? db.query(text, params) : Promise.reject(new Error("the isolate is gone"));
  };
  await db.session(async (session) => {
    await session("begin");
    const deciding = inProcess(session);
    deciding.answer(entry?.id ?? "", () => ({
      kind: "choice",
      choice: { orders, reasoning: "r", confidence: 1 },
      recovered: false,
    }));
    deciding.queued.push({
      queue: "agents",
      message: { type: "decide", tournament_id: cup.id, entry_ids: [entry?.id ?? ""] },
    });
    await deciding.drain(1);
    const cancelling = expect(cancelTournament(dying, cup.id)).rejects.toThrow("the isolate is gone");
    await new Promise((resolve) => setTimeout(resolve, 200));
    await session("commit");
    await cancelling;
  });
  const [before] = await db.query<{ version: number }>(`select version from entries`);
  expect(await db.query(`select o.state, r.state as round from orders o join rounds r on r.id = o.round_id`)).toEqual([
    { state: "open", round: "skipped" },
  ]);
  expect(await run.runTask("check_tournament_transitions")).toMatchObject({
    state: "SUCCESS",
    result: { advanced: 1 },
  });
  expect(await db.query(`select state from orders`)).toEqual([{ state: "dropped" }]);
  expect(await db.query(`select version from entries`)).toEqual([{ version: (before?.version ?? 0) + 1 }]);
  expect(await run.runTask("check_tournament_transitions")).toMatchObject({
    state: "SUCCESS",
    result: { advanced: 0 },
  });
});

test("an entry that joins while a round opens is counted among its participants", async () => {
  const cup = await world(db.query, { market: "replay", entries: 1 });
  const [agent] = await db.query<{ id: string }>(
    `insert into agents (id, name, strategy_type, strategy) values (gen_random_uuid(), 'late', 'value', 'cash') returning id`,
  );
  // The join commits while the opening waits for it; its own recount comes too early to see the round.
  await db.session(async (session) => {
    await session("begin");
    await joinEntries(
      {
        query: async (text, params) => (text.includes("set participants") ? [] : session(text, params)),
        newId: run.ports.newId,
      },
      cup.id,
      [agent?.id ?? ""],
    );
    const opening = advance(run.ports, cup.id);
    await new Promise((resolve) => setTimeout(resolve, 300));
    await session("commit");
    await opening;
  });
  expect(await db.query(`select number, state, participants from rounds`)).toEqual([
    { number: 0, state: "open", participants: 2 },
  ]);
});

test("loops are armed each for itself, and spread out as far as their number asks for; a large field has none", async () => {
  const cup = await world(db.query, { entries: 250 });
  const plans: LoopPlan[] = [];
  const agent = run.ports.agent;
  let down = 1;
  const ports = {
    ...run.ports,
    agent: (id: string) => ({
      ...agent(id),
      wake: async (plan: LoopPlan) => {
        if (down-- > 0) throw new Error("overloaded");
        plans.push(plan);
      },
    }),
  };
  const live = {
    id: cup.id,
    market: "synthetic",
    interval_seconds: 300,
    starts_ms: cup.startsAt,
    ends_ms: cup.due(12),
  } as const;
  expect(await wakeEntries(ports, live)).toBe(250);
  expect(plans).toHaveLength(249);
  expect(new Set(plans.map((plan) => plan.jitterMs))).toEqual(new Set([500]));
  expect(await wakeEntries(ports, { ...live, id: (await world(db.query, { entries: 251 })).id })).toBe(0);
  expect(plans).toHaveLength(249);
});

test("a fill that can't be stored is refused, and holds neither its batch nor its round", async () => {
  const cup = await world(db.query, { entries: 5 });
  const bad = cup.entries[2]?.id ?? "";
  const choice = { orders: [{ side: "buy", symbol: "BTC-USDT", amount: "100" }], reasoning: "", confidence: 1 };
  for (const { id } of cup.entries) run.answer(id, () => ({ kind: "choice", choice, recovered: false }));
  await clock.set(cup.due(0));
  await advance(run.ports, cup.id);
  decideAll(cup);
  await run.drain();
  const { query } = run.ports;
  Object.assign(run.ports, {
    query: ((text, params = []) => {
      const rows: { entry: string; trades: number }[] = text.includes("insert into trades")
        ? JSON.parse(String(params[1]))
        : [];
      const overflows = rows.some((row) => row.entry === bad && row.trades > 0);
      return overflows
        ? Promise.reject(Object.assign(new Error("numeric field overflow"), { code: "22003" }))
        : query(text, params);
    }) as typeof query,
  });
  await clock.set(cup.due(0) + 150_000);
  await advance(run.ports, cup.id);
  await run.drain(30);
  expect(await db.query(`select state from rounds`)).toEqual([{ state: "settled" }]);
  expect(await count(db.query, "trades")).toBe(4);
  expect(await db.query(`select state, code from orders where entry_id = $1`, [bad])).toEqual([
    { state: "refused", code: "internal.bad_row" },
  ]);
});
