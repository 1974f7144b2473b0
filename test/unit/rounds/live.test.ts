/** Live rounds on a real PostgreSQL whose clock the test moves. */
import { afterAll, afterEach, beforeEach, expect, test } from "vitest";
import { checkLedger } from "../../../src/ledger/check-ledger.ts";
import { advance } from "../../../src/rounds/advance.ts";
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

const rounds = (cup: World) =>
  db.query<{ number: number; state: string; skip_reason: string | null; sends: number }>(
    `select number, state, skip_reason, sends from rounds where tournament_id = $1 order by number`,
    [cup.id],
  );
const buy = { orders: [{ side: "buy", symbol: "BTC-USDT", amount: "100" }], reasoning: "it buys", confidence: 0.5 };

test("a round opens when it is due, closes at its deadline, is quoted, filled and settled, and the ledger is exact", async () => {
  const cup = await world(db.query);
  for (const { id } of cup.entries) run.answer(id, () => ({ kind: "choice", choice: buy, recovered: false }));
  expect(await advance(run.ports, cup.id)).toMatchObject({ afterMs: 60_000 });
  expect(await rounds(cup)).toEqual([]);

  await clock.set(cup.due(0));
  await advance(run.ports, cup.id);
  expect(await rounds(cup)).toMatchObject([{ number: 0, state: "open" }]);
  await clock.add(25_000);
  await advance(run.ports, cup.id);
  await run.drain();
  expect(await count(db.query, "decisions")).toBe(3);
  await clock.set(cup.due(0) + 149_999);
  await advance(run.ports, cup.id);
  expect(await rounds(cup)).toMatchObject([{ state: "open" }]);

  await clock.set(cup.due(0) + 150_000);
  await advance(run.ports, cup.id);
  expect(await rounds(cup)).toMatchObject([{ state: "quoted" }]);
  await run.drain();
  expect(await rounds(cup)).toMatchObject([{ number: 0, state: "settled" }]);
  expect(await count(db.query, "trades")).toBe(3);
  expect(await checkLedger(db.query)).toMatchObject({ ok: true, failures: 0 });
});

test("what is owed is sent again at the contract's times, and an outage within the round makes no burst", async () => {
  const cup = await world(db.query);
  await clock.set(cup.due(0));
  await advance(run.ports, cup.id);
  const sendsAt: number[] = [];
  for (let second = 0; second <= 60; second++) {
    await clock.set(cup.due(0) + second * 1000);
    const before = run.queued.length;
    await advance(run.ports, cup.id);
    if (run.queued.length > before) sendsAt.push(second);
  }
  expect(sendsAt).toEqual([25, 40, 55]);
  run.queued.length = 0;
  await clock.set(cup.due(0) + 140_000);
  await advance(run.ports, cup.id);
  expect(run.queued).toHaveLength(1);
  expect(await advance(run.ports, cup.id)).toMatchObject({ afterMs: 5000 });
  expect(run.queued).toHaveLength(1);
});

test("to a large field the Arena sends, slice by slice as they are answered, and what is owed then is a recovery", async () => {
  const cup = await world(db.query, { entries: 700 });
  const owed = () => run.queued.flatMap(({ message }) => (message.type === "decide" ? message.entry_ids : []));
  await clock.set(cup.due(0));
  await advance(run.ports, cup.id);
  // Two slices of 50, and no more before one is answered, for which it looks by itself, too.
  expect(new Set(owed()).size).toBe(100);
  expect(await advance(run.ports, cup.id)).toMatchObject({ afterMs: 1000 });
  expect(run.queued).toHaveLength(2);
  const [lost] = run.queued.splice(0, 1);
  await run.drain();
  expect(await count(db.query, "decisions")).toBe(650);
  expect(await count(db.query, "recoveries")).toBe(0);
  expect(await rounds(cup)).toMatchObject([{ state: "open", sends: 1 }]);

  await clock.set(cup.due(0) + 24_999);
  await advance(run.ports, cup.id);
  expect(owed()).toEqual([]);
  await clock.set(cup.due(0) + 25_000);
  await advance(run.ports, cup.id);
  expect(owed()).toEqual(lost?.message.type === "decide" ? lost.message.entry_ids : null);
  await run.drain();
  expect(await count(db.query, "decisions")).toBe(700);
  expect(await db.query("select cause, count(*)::int as n from recoveries group by 1")).toEqual([
    { cause: "resent", n: 50 },
  ]);
  expect(await advance(run.ports, cup.id)).toMatchObject({ afterMs: 125_000 });
});

test("rounds due in a pause are skipped as 'paused', those of an outage as 'outage', and the next one runs alone", async () => {
  const cup = await world(db.query, { rounds: 40 });
  await clock.set(cup.due(0));
  await advance(run.ports, cup.id);
  await db.query(`update tournaments set status = 'paused', paused_at = agonus_now() where id = $1`, [cup.id]);
  await clock.set(cup.due(0) + 150_000);
  await advance(run.ports, cup.id);
  expect(await rounds(cup)).toMatchObject([{ state: "settled" }]);
  await clock.set(cup.due(3) + 1);
  expect(await advance(run.ports, cup.id)).toMatchObject({ afterMs: null });
  await clock.set(cup.due(4) - 1);
  await db.query(`update tournaments set status = 'live', resumed_at = agonus_now() where id = $1`, [cup.id]);
  await clock.set(cup.due(7) + 1000);
  await advance(run.ports, cup.id);
  expect((await rounds(cup)).map(({ number, state, skip_reason }) => [number, skip_reason ?? state])).toEqual([
    [0, "settled"],
    [1, "paused"],
    [2, "paused"],
    [3, "paused"],
    [4, "outage"],
    [5, "outage"],
    [6, "outage"],
    [7, "open"],
  ]);
});

test("after a late start, the rounds before it are 'not_started', and one past its deadline is skipped", async () => {
  const cup = await world(db.query, { status: "upcoming" });
  await clock.set(cup.due(2) + 200_000);
  await db.query(`update tournaments set status = 'live', started_at = agonus_now() where id = $1`, [cup.id]);
  await advance(run.ports, cup.id);
  expect((await rounds(cup)).map((round) => round.skip_reason)).toEqual(["not_started", "not_started", "not_started"]);
  expect(run.queued).toEqual([]);
});

test("months of missed rounds are recorded in statements of bounded size", async () => {
  const cup = await world(db.query, { intervalSeconds: 5, rounds: 100_000, candleRounds: 40 });
  await db.query(`update candle_sources set last_open_at = '2030-01-01'`);
  await clock.set(cup.due(60_000) + 4000);
  let largest = 0;
  const ports = {
    ...run.ports,
    query: (async (text, params = []) => {
      const rows = await db.query(text, params);
      if (text.includes("generate_series")) largest = Math.max(largest, Number(params[2]) - Number(params[1]) + 1);
      return rows;
    }) as typeof db.query,
  };
  await advance(ports, cup.id);
  expect(await count(db.query, "rounds where state = 'skipped'")).toBe(60_001);
  expect(await count(db.query, "rounds where skip_reason <> 'outage'")).toBe(0);
  expect(largest).toBeLessThanOrEqual(10_000);
});

test("a round that nobody answers closes at its deadline, and every miss has its reason", async () => {
  const cup = await world(db.query, { entries: 3 });
  const [silent, failing, cancelled] = cup.entries;
  if (!silent || !failing || !cancelled) throw new Error("three entries");
  run.answer(failing.id, () => ({ kind: "failed", code: "agent.failed", message: "it threw" }));
  await clock.set(cup.due(0));
  await advance(run.ports, cup.id);
  const decide = (id: string) =>
    run.queued.push({ queue: "agents", message: { type: "decide", tournament_id: cup.id, entry_ids: [id] } });
  decide(failing.id);
  await run.drain();
  for (const seconds of [2, 4, 8]) {
    await clock.add(seconds * 1000);
    const [task] = await db.query<{ id: string }>(`select id from tasks where state = 'RETRY'`);
    if (!task) throw new Error(`no retry is waiting after ${seconds} s`);
    run.queued.push({ queue: "agents", message: { type: "tasks", task_ids: [task.id] } });
    await run.drain();
  }
  expect(await db.query(`select state, attempt, error->>'code' as code from tasks`)).toEqual([
    { state: "FAILURE", attempt: 4, code: "agent.failed" },
  ]);
  await run.ports.enqueue("run_agent_decision", { tournament_id: cup.id, agent_id: cancelled.agentId });
  await db.query(`update tasks set state = 'REVOKED', finished_at = agonus_now() where state = 'PENDING'`);
  run.queued.length = 0;
  await clock.set(cup.due(0) + 150_000);
  await advance(run.ports, cup.id);
  expect(await rounds(cup)).toMatchObject([{ state: "settled" }]);
  const missed = await db.query<{ entry_id: string; reason: string }>(`select entry_id, reason from missed_decisions`);
  expect(Object.fromEntries(missed.map((miss) => [miss.entry_id, miss.reason]))).toEqual({
    [silent.id]: "round.no_answer",
    [failing.id]: "agent.failed",
    [cancelled.id]: "task.cancelled",
  });
});

test("the last round ends the tournament, and no round opens after it", async () => {
  const cup = await world(db.query, { rounds: 2 });
  for (const n of [0, 1]) {
    for (const at of [cup.due(n), cup.due(n) + 25_000, cup.due(n) + 150_000]) {
      await clock.set(at);
      await advance(run.ports, cup.id);
      await run.drain();
    }
  }
  expect(await advance(run.ports, cup.id)).toMatchObject({ afterMs: null, status: "completed" });
  await clock.set(START + 10 ** 9);
  await advance(run.ports, cup.id);
  expect((await rounds(cup)).map((round) => round.state)).toEqual(["settled", "settled"]);
  expect(await checkLedger(db.query)).toMatchObject({ ok: true });
});

test("an upcoming live tournament starts when its time comes, not when a cron happens to look; a replay never does", async () => {
  const cup = await world(db.query, { status: "upcoming" });
  expect(await advance(run.ports, cup.id)).toMatchObject({ afterMs: 60_000, status: "upcoming" });
  await clock.set(cup.due(0));
  expect(await advance(run.ports, cup.id)).toMatchObject({ status: "live" });
  expect(await rounds(cup)).toMatchObject([{ number: 0, state: "open" }]);
  const late = await world(db.query, { status: "upcoming", startsAt: clock.now() - 1000 });
  expect(await advance(run.ports, late.id)).toMatchObject({ afterMs: null, status: "upcoming" });
  const stored = await world(db.query, { status: "upcoming", market: "replay" });
  expect(await advance(run.ports, stored.id)).toMatchObject({ afterMs: null, status: "upcoming" });
});
