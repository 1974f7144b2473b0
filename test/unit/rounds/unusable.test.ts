/** A market that cannot be settled ends with a reason, never in silence. */
import { afterAll, afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Query } from "../../../src/db/query.ts";
import { updateStandings } from "../../../src/db/statements/tournaments/update-standings.ts";
import { checkLedger } from "../../../src/ledger/check-ledger.ts";
import { advance } from "../../../src/rounds/advance.ts";
import { endUnusable } from "../../../src/rounds/unusable.ts";
import { UnusableMarket } from "../../../src/rounds/unusable-market.ts";
import { count, type TestClock, testClock, type World, type WorldOptions, world } from "../../support/builders.ts";
import { closeTestServer, openTestDatabase, type TestDatabase } from "../../support/database.ts";
import { type Twin, withTwin } from "../../support/guards.ts";
import { type InProcess, inProcess } from "../../support/in-process.ts";

let db: TestDatabase;
let clock: TestClock;
let run: InProcess;
let twin: Twin | null = null;
beforeEach(async () => {
  twin = null;
  db = await openTestDatabase();
  // The tables refuse a price that is no number. The code has to bear one all the same: a venue's answer may bring it.
  await db.query("alter table candles drop constraint candles_prices");
  clock = await testClock(db.query);
  run = inProcess(db.query);
});
afterEach(() => db.close());
afterAll(closeTestServer);

const buys = (amount: string) => ({
  kind: "choice" as const,
  choice: { orders: [{ side: "buy", symbol: "BTC-USDT", amount }], reasoning: "", confidence: 1 },
  recovered: false,
});

async function cupOf(options: WorldOptions = {}): Promise<World> {
  const cup = await world(db.query, { entries: 2, rounds: 4, ...options });
  for (const { id } of cup.entries) run.answer(id, () => buys("50"));
  return cup;
}

/** A live round, from its opening to as far as it gets. */
async function round(cup: World, number: number): Promise<void> {
  run = inProcess(twin ? withTwin(db.query, twin) : db.query);
  for (const { id } of cup.entries) run.answer(id, () => buys("50"));
  await clock.set(cup.due(number));
  await advance(run.ports, cup.id);
  run.queued.push({
    queue: "agents",
    message: { type: "decide", tournament_id: cup.id, entry_ids: cup.entries.map(({ id }) => id) },
  });
  await run.drain(5);
  await clock.set(cup.due(number) + 150_000);
  await advance(run.ports, cup.id);
  await run.drain(10);
  await advance(run.ports, cup.id);
}

/** A replay, until nothing is to do. */
async function replay(cup: World): Promise<void> {
  await clock.set(cup.due(1));
  await advance(run.ports, cup.id);
  await run.drain(100);
}

const candleAt = (cup: World, n: number) => [cup.source, cup.due(n)];
const AT = `source_id = $1 and symbol = 'BTC-USDT' and open_at = to_timestamp($2::float8 / 1000)`;
const huge = (cup: World, n: number) =>
  db.query(`update candles set open = '1e30', high = '1e30' where ${AT}`, candleAt(cup, n));
const missing = (cup: World, n: number) => db.query(`delete from candles where ${AT}`, candleAt(cup, n));

const rounds = (cup: World) =>
  db.query(
    `select number, coalesce(skip_reason, state) as state from rounds where tournament_id = $1 order by number`,
    [cup.id],
  );
const ended = async (cup: World) =>
  (await db.query(`select status, ended_reason from tournaments where id = $1`, [cup.id]))[0];

describe("a quote at which an account is worth more than can be stored", () => {
  test("skips a live round, drops its orders, raises the versions; the next round goes on and the ledger agrees", async () => {
    const cup = await cupOf();
    await huge(cup, 1);
    await round(cup, 0);
    const before = await db.query<{ version: number }>(`select version from entries order by id`);
    await round(cup, 1);
    expect(await rounds(cup)).toEqual([
      { number: 0, state: "settled" },
      { number: 1, state: "market.unusable" },
    ]);
    expect(
      await db.query(
        `select o.state, count(*) as n from orders o join rounds r on r.id = o.round_id and r.number = 1 group by 1`,
      ),
    ).toEqual([{ state: "dropped", n: 2 }]);
    // Once by the order that was placed, once by its end: as far as its object expects.
    expect(await db.query(`select version from entries order by id`)).toEqual(
      before.map(({ version }) => ({ version: version + 2 })),
    );
    expect(run.events).toContainEqual(
      expect.objectContaining({ event: "round", number: 1, state: "skipped", reason: "market.unusable" }),
    );
    await round(cup, 2);
    expect((await rounds(cup))[2]).toEqual({ number: 2, state: "settled" });
    expect(await checkLedger(db.query)).toMatchObject({ ok: true, errors: [] });
  });

  test("cancels a replay, which says why; its round and its orders end with it", async () => {
    const cup = await cupOf({ market: "replay" });
    await huge(cup, 1);
    await replay(cup);
    expect(await ended(cup)).toEqual({ status: "cancelled", ended_reason: "market.unusable" });
    expect(await rounds(cup)).toEqual([
      { number: 0, state: "settled" },
      { number: 1, state: "market.unusable" },
    ]);
    expect(await count(db.query, "orders where state = 'open'")).toBe(0);
    expect(await count(db.query, "orders where state = 'dropped'")).toBe(2);
    expect(await checkLedger(db.query)).toMatchObject({ ok: true, errors: [] });
    expect(await advance(run.ports, cup.id)).toMatchObject({ afterMs: null, status: "cancelled" });
  });

  test("stores no standing that doesn't fit, and fails no rankings", async () => {
    const cup = await cupOf();
    await round(cup, 0);
    expect(await updateStandings(db.query, cup.id)).toBe(2);
    await huge(cup, 1);
    await clock.set(cup.due(1) + 1000);
    expect(await updateStandings(db.query, cup.id)).toBe(0);
    expect(await count(db.query, "standings where equity > 1e12")).toBe(0);
  });
});

describe("a candle that is not there and never will be", () => {
  test("to fill on: a live round is skipped, a replay cancelled", async () => {
    const live = await cupOf();
    await missing(live, 1);
    await round(live, 0);
    await round(live, 1);
    expect((await rounds(live))[1]).toEqual({ number: 1, state: "market.unusable" });
    expect(await count(db.query, "orders where state = 'open'")).toBe(0);

    const past = await cupOf({ market: "replay" });
    await missing(past, 1);
    await replay(past);
    expect(await ended(past)).toEqual({ status: "cancelled", ended_reason: "market.unusable" });
    expect((await rounds(past))[1]).toEqual({ number: 1, state: "market.unusable" });
  });

  test("to decide on: a live round is skipped before it opens, a replay cancelled", async () => {
    const live = await cupOf();
    await missing(live, -5);
    await round(live, 0);
    expect(await rounds(live)).toEqual([{ number: 0, state: "market.unusable" }]);

    const past = await cupOf({ market: "replay" });
    await missing(past, -5);
    await replay(past);
    expect(await ended(past)).toEqual({ status: "cancelled", ended_reason: "market.unusable" });
    expect(await rounds(past)).toEqual([]);
  });

  test("a price that is no number is none: not to decide on, not to fill on", async () => {
    const past = await cupOf({ market: "replay" });
    await db.query(
      `update candles set open = 'NaN', high = 'NaN', low = 'NaN', close = 'NaN' where ${AT}`,
      candleAt(past, 1),
    );
    await replay(past);
    expect(await ended(past)).toEqual({ status: "cancelled", ended_reason: "market.unusable" });
    const shown = await cupOf({ market: "replay" });
    await db.query(`update candles set high = 'Infinity', close = 'Infinity' where ${AT}`, candleAt(shown, -1));
    await replay(shown);
    expect(await ended(shown)).toEqual({ status: "cancelled", ended_reason: "market.unusable" });
  });

  test.each(["high", "close", "volume"])(
    "nor behind the newest candle: a %s without end makes indicators that no agent can read, and is no miss of theirs",
    async (part) => {
      const live = await cupOf();
      await db.query(
        `update candles set ${part === "close" ? "high = 'Infinity', " : ""}${part} = 'Infinity' where ${AT}`,
        candleAt(live, -5),
      );
      await round(live, 0);
      expect(await rounds(live)).toEqual([{ number: 0, state: "market.unusable" }]);
    },
  );

  test("of a replay's files that end too early: cancelled at the round that lacks it", async () => {
    const past = await cupOf({ market: "replay", candleRounds: 1 });
    await replay(past);
    expect(await ended(past)).toEqual({ status: "cancelled", ended_reason: "market.unusable" });
    expect(await rounds(past)).toEqual([
      { number: 0, state: "settled" },
      { number: 1, state: "settled" },
      { number: 2, state: "market.unusable" },
    ]);
  });

  test("while a replay's round is open: cancelled, for nobody could be asked", async () => {
    const past = await cupOf({ market: "replay" });
    await clock.set(past.due(1));
    await advance(run.ports, past.id);
    await missing(past, -5);
    run.queued.length = 0;
    // Another isolate, which has nothing of the market in memory.
    run = inProcess(db.query);
    run.queued.push({
      queue: "agents",
      message: { type: "decide", tournament_id: past.id, entry_ids: past.entries.map(({ id }) => id) },
    });
    await run.drain(5);
    expect(await ended(past)).toEqual({ status: "cancelled", ended_reason: "market.unusable" });
    expect(await rounds(past)).toEqual([{ number: 0, state: "market.unusable" }]);
  });
});

/** Statements with this text are refused by the database as a number out of range. */
function refuse(part: string): void {
  const { query } = run.ports;
  Object.assign(run.ports, {
    query: ((text, params = []) =>
      text.includes(part)
        ? Promise.reject(Object.assign(new Error("numeric field overflow"), { code: "22003" }))
        : query(text, params)) as typeof query,
  });
}

describe("a statement of a round that the database refuses, and would for ever", () => {
  test.each([
    ["the quote", "insert into quotes", 0],
    ["the settlement", "insert into equity_points", 2],
  ])("%s: a live round is skipped, a replay cancelled, and the ledger agrees", async (_, part, trades) => {
    const live = await cupOf();
    await clock.set(live.due(0));
    await advance(run.ports, live.id);
    run.queued.push({
      queue: "agents",
      message: { type: "decide", tournament_id: live.id, entry_ids: live.entries.map(({ id }) => id) },
    });
    await run.drain(5);
    refuse(part);
    await clock.set(live.due(0) + 150_000);
    await advance(run.ports, live.id);
    await run.drain(10);
    await advance(run.ports, live.id);
    expect(await rounds(live)).toEqual([{ number: 0, state: "market.unusable" }]);
    expect(await count(db.query, "trades")).toBe(trades);
    expect(await count(db.query, "orders where state = 'dropped'")).toBe(2 - trades);

    run = inProcess(db.query);
    const past = await cupOf({ market: "replay" });
    refuse(part);
    await replay(past);
    expect(await ended(past)).toEqual({ status: "cancelled", ended_reason: "market.unusable" });
    expect(await checkLedger(db.query)).toMatchObject({ ok: true, errors: [] });
  });

  test("a fill that can't be worked out is refused alone", async () => {
    const cup = await cupOf();
    await clock.set(cup.due(0));
    await advance(run.ports, cup.id);
    run.queued.push({
      queue: "agents",
      message: { type: "decide", tournament_id: cup.id, entry_ids: cup.entries.map(({ id }) => id) },
    });
    await run.drain(5);
    // Nothing that a statement of ours writes.
    const [first] = cup.entries;
    await db.query(`update orders set amount = 'NaN' where entry_id = $1`, [first?.id]);
    await clock.set(cup.due(0) + 150_000);
    await advance(run.ports, cup.id);
    await run.drain(10);
    await advance(run.ports, cup.id);
    expect(await rounds(cup)).toEqual([{ number: 0, state: "settled" }]);
    expect(await db.query(`select state, code from orders order by entry_id = $1`, [first?.id])).toEqual([
      { state: "filled", code: null },
      { state: "refused", code: "internal.bad_row" },
    ]);
  });
});

describe("the guards: without one, its test is red", () => {
  test("a quote that is stored without asking what accounts are worth at it is filled, and then can't be settled", async () => {
    const cup = await cupOf();
    await huge(cup, 1);
    await round(cup, 0);
    twin = { guard: "quote-worth" };
    await round(cup, 1);
    expect((await rounds(cup))[1]).toEqual({ number: 1, state: "market.unusable" });
    expect(await count(db.query, "orders where state = 'dropped'")).toBe(0);
  });

  test("a drop that raises no version leaves the ledger with a wrong one", async () => {
    const cup = await cupOf();
    await missing(cup, 0);
    twin = { guard: "drop-raises" };
    await round(cup, 0);
    expect(await count(db.query, "orders where state = 'dropped'")).toBe(2);
    expect((await checkLedger(db.query)).ok).toBe(false);
  });

  test("a live round that is open is left to its deadline: an order that is being stored would stay open for ever", async () => {
    const cup = await cupOf();
    await clock.set(cup.due(0));
    await advance(run.ports, cup.id);
    const end = (query: Query) => endUnusable({ ...run.ports, query }, cup.id, 0, new UnusableMarket("none"));
    expect(await end(db.query)).toBe(false);
    expect(await end(withTwin(db.query, { guard: "end-open" }))).toBe(true);
  });
});
