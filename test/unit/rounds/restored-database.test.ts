/** What outlived a database that was restored from a backup: messages and objects about what it doesn't know. */
import { uuidv7 } from "uuidv7";
import { afterAll, afterEach, beforeEach, expect, test } from "vitest";
import { emptyState, isAhead, isBehind, stateAfterDecision } from "../../../durable-objects/live-state.ts";
import type { QueueName } from "../../../src/core/tasks/queues.ts";
import { readNews } from "../../../src/feed/events.ts";
import { advance } from "../../../src/rounds/advance.ts";
import type { SentMessage } from "../../../src/rounds/messages/schemas.ts";
import type { DecisionRequest } from "../../../src/rounds/ports.ts";
import { sharedViews } from "../../../src/strategies/carried-view.ts";
import { type TestClock, testClock, type World, world } from "../../support/builders.ts";
import { closeTestServer, openTestDatabase, type TestDatabase } from "../../support/database.ts";
import { type InProcess, inProcess } from "../../support/in-process.ts";

let db: TestDatabase;
let clock: TestClock;
let cup: World;
let run: InProcess;
const rested: string[] = [];
beforeEach(async () => {
  db = await openTestDatabase();
  clock = await testClock(db.query);
  cup = await world(db.query);
  run = inProcess(db.query);
  rested.length = 0;
  const { agent } = run.ports;
  const rest = (id: string) => async () => void rested.push(id);
  Object.assign(run.ports, { agent: (id: string) => ({ ...agent(id), rest: rest(id) }) });
  await clock.set(cup.due(0));
  await advance(run.ports, cup.id);
});
afterEach(() => db.close());
afterAll(closeTestServer);

/** All that a message could have written. */
const everything = () =>
  db.query(
    `select (select count(*) from tasks) as tasks, (select count(*) from decisions) as decisions, (select count(*) from trades) as trades,
       (select count(*) from dead_letters) as dead, (select sum(version + prevented) from entries) as versions,
       (select count(*) from rounds) as rounds, (select count(*) from tournaments) as cups`,
  );

test("a message about what a restored database doesn't know ends quietly: it is said, and nothing is written", async () => {
  const before = await everything();
  const [entry] = cup.entries;
  const lost = uuidv7();
  const answer = {
    task_id: lost,
    token: uuidv7(),
    version: 0,
    choice: { orders: [{ side: "buy", symbol: "BTC-USDT", amount: "50" }], reasoning: "", confidence: 1 },
  };
  const [round] = await db.query<{ id: string }>(`select id from rounds`);
  const messages: readonly (readonly [QueueName, SentMessage, what: string])[] = [
    ["agents", { type: "decide", tournament_id: lost, entry_ids: [lost] }, "tournament"],
    ["agents", { type: "decide", tournament_id: cup.id, entry_ids: [lost] }, "entry"],
    ["trading", { type: "fill", tournament_id: cup.id, round_id: lost, entry_ids: [lost] }, "round"],
    ["recovery", { type: "tasks", task_ids: [lost] }, "task"],
    ["agents", { type: "answer", ...answer, tournament_id: cup.id, round_id: lost, entry_id: lost }, "task"],
    [
      "agents",
      { type: "answer", ...answer, tournament_id: cup.id, round_id: round?.id ?? "", entry_id: entry?.id ?? "" },
      "task",
    ],
  ];
  for (const [queue, message, what] of messages) {
    run.events.length = 0;
    run.queued.length = 0;
    run.queued.push({ queue, message });
    await run.drain(1);
    expect(run.queued, JSON.stringify(message)).toEqual([]);
    expect(
      run.events.filter(({ event }) => event === "unknown"),
      JSON.stringify(message),
    ).toEqual([{ event: "unknown", what, ids: [lost], count: 1 }]);
    expect(await everything(), JSON.stringify(message)).toEqual(before);
  }
  // Their loops would go on asking to the end of a tournament that isn't theirs.
  expect(rested).toEqual([lost, lost]);
});

test("an answer of a lost task counts nothing, not even as prevented, though its round has a decision", async () => {
  const [entry] = cup.entries;
  const [round] = await db.query<{ id: string }>(`select id from rounds`);
  if (!entry || !round) throw new Error("no round");
  run.queued.push({ queue: "agents", message: { type: "decide", tournament_id: cup.id, entry_ids: [entry.id] } });
  await run.drain();
  const choice = { orders: [{ side: "buy", symbol: "BTC-USDT", amount: "50" }], reasoning: "other", confidence: 1 };
  const ids = { tournament_id: cup.id, round_id: round.id, entry_id: entry.id, task_id: uuidv7(), token: uuidv7() };
  run.queued.push({ queue: "agents", message: { type: "answer", ...ids, version: 0, choice } });
  await run.drain();
  expect(await db.query(`select sum(prevented) as n, (select count(*) from orders) as orders from entries`)).toEqual([
    { n: 0, orders: 0 },
  ]);
});

test("a feed that announced more than a restored database knows begins anew, and tells no round a second time", async () => {
  const now = await readNews(db.query, cup.id, null);
  if (now === null || now === "too_far") throw new Error("no feed");
  expect(now.cursor).toMatchObject({ round: 0, state: "open" });
  expect(await readNews(db.query, cup.id, now.cursor)).toMatchObject({ events: [] });
  for (const ahead of [{ round: 5 }, { state: "settled" as const }, { round: 1, state: "skipped" as const }]) {
    expect(await readNews(db.query, cup.id, { ...now.cursor, ...ahead })).toBe("too_far");
  }
});

const request = (fields: Partial<DecisionRequest> & { round?: number } = {}): DecisionRequest => ({
  tournamentId: "t",
  entryId: "e",
  roundId: "r",
  strategy: "cash",
  version: 5,
  recoveries: 1,
  recoverFromCrash: true,
  view: {
    round: fields.round ?? 7,
    market: sharedViews.write({ symbols: [], prices: {}, indicators: {}, min_order: "1" }),
    fills: [],
    memory: { at: fields.round ?? 7 },
    account: { cash: "500", positions: {} },
    limits: null,
    params: {},
    seed: "s",
  },
  ...fields,
});

test("an object is ahead when its version, its recoveries or its round are later than the database's, and only then", () => {
  const held = stateAfterDecision(null, request(), { placed: false, memory: {} }, 0);
  expect(isAhead(null, request())).toBe(false);
  expect(isAhead(held, request())).toBe(false);
  expect(isAhead(held, request({ version: 4 }))).toBe(true);
  expect(isAhead(held, request({ recoveries: 0, version: 9 }))).toBe(true);
  expect(isAhead(held, request({ round: 6 }))).toBe(true);
  expect(isAhead(held, request({ version: 6, round: 8 }))).toBe(false);
  // A rehearsal runs ahead of the rounds, and is none.
  expect(isAhead(held, request({ roundId: null, round: 6 }))).toBe(false);
  const rehearsed = stateAfterDecision(held, request({ roundId: null, round: 8 }), { placed: false, memory: {} }, 0);
  expect(isAhead(rehearsed, request())).toBe(false);
  expect(isAhead(emptyState({ version: 5, recoveries: 1 }, 0), request())).toBe(false);
});

test("an object is behind when it is new, was recovered, or the row went further than its own orders explain", () => {
  const idle = stateAfterDecision(null, request(), { placed: false, memory: {} }, 0);
  const placed = stateAfterDecision(null, request(), { placed: true, memory: {} }, 0);
  expect(isBehind(null, request())).toBe(true);
  expect(isBehind(idle, request({ recoveries: 2 }))).toBe(true);
  expect(isBehind(idle, request({ version: 6 }))).toBe(true);
  expect(isBehind(placed, request({ version: 7 }))).toBe(false);
  expect(isBehind(placed, request({ version: 8 }))).toBe(true);
});
