/** The tournament that must go on: fifty rounds on venues that fail, lie and come back, by a moved clock. */
import { afterAll, afterEach, beforeEach, expect, test } from "vitest";
import { checkLedger } from "../../../../src/ledger/check-ledger.ts";
import { count, type TestClock, testClock } from "../../../support/builders.ts";
import { closeTestServer, openTestDatabase, type TestDatabase } from "../../../support/database.ts";
import type { InProcess } from "../../../support/in-process.ts";
import { binanceBan, binancePairs, binanceSlow } from "../../../support/venues/binance.ts";
import { PlayedMarket } from "../../../support/venues/market.ts";
import { html, type PlayedVenue, playVenue } from "../../../support/venues/server.ts";
import { MINUTE, playRound, receiptsOf, roundsOf, START, stage, type VenueCup, venueCup } from "./cup.ts";

let db: TestDatabase;
let clock: TestClock;
let run: InProcess;
let venue: PlayedVenue;
beforeEach(async () => {
  db = await openTestDatabase();
  clock = await testClock(db.query, START - MINUTE);
  venue = await playVenue("binance", () => clock.now(), [...binancePairs]);
  run = stage(db.query, clock, { binance: venue });
});
afterEach(async () => {
  await venue.close();
  await db.close();
});
afterAll(closeTestServer);

/** Buys and sells by turns, so that there is something to lose. */
function trade(cup: VenueCup): void {
  for (const [at, { id }] of cup.entries.entries()) {
    run.answer(id, ({ view }) => {
      const held = view.account.positions["BTC-USDT"];
      const order =
        held === undefined || (view.round + at) % 2 === 0
          ? { side: "buy", symbol: "BTC-USDT", amount: "20" }
          : { side: "sell", symbol: "BTC-USDT", amount: held };
      return { kind: "choice", choice: { orders: [order], reasoning: "", confidence: 1 }, recovered: false };
    });
  }
}

/** Nothing is open or doubled, every skipped round says why, and the ledger agrees to the last digit. */
async function holds(cup: VenueCup): Promise<void> {
  const states = await roundsOf(db.query, cup);
  const receipts = await receiptsOf(db.query, cup);
  for (const [number, state] of states.entries()) {
    if (state === "settled") continue;
    expect([number, state]).toEqual([number, expect.stringMatching(/^market\.(stale|doubtful)$/)]);
    const why = receipts.find(({ round }) => round === number);
    expect([number, why?.sentence]).toEqual([number, expect.stringMatching(/\w/)]);
  }
  expect(await count(db.query, "orders where state = 'open'")).toBe(0);
  expect(await count(db.query, "(select 1 from trades group by round_id, entry_id, seq having count(*) > 1) x")).toBe(
    0,
  );
  expect(await checkLedger(db.query)).toMatchObject({ ok: true, errors: [] });
}

test("fifty rounds against a venue that misbehaves: an exact ledger, and every skipped round says why", async () => {
  const cup = await venueCup(db.query, {
    market: "binance",
    symbols: ["BTC-USDT", "ETH-USDT"],
    rounds: 50,
    entries: 3,
  });
  trade(cup);
  const candles = /klines/;
  const quotes = /bookTicker/;
  const at = (number: number, n = 1) => PlayedMarket.key("BTC-USDT", cup.due(number) - n * MINUTE);
  /** What happens in a round; the venue behaves again in the next one. */
  const mischief: Readonly<Record<number, () => void>> = {
    2: () => venue.trick(candles, () => html(502), 2),
    4: () => venue.trick(candles, () => html(502)),
    6: () => venue.trick(quotes, () => html(520)),
    8: () => venue.trick(quotes, () => binanceSlow(3), 1),
    10: () => venue.trick(candles, () => binanceBan(180, clock.now() + 180_000), 1),
    14: () => venue.trick(quotes, (_, right) => ({ body: JSON.stringify(right().body).slice(0, 40) }), 2),
    16: () => void venue.market.books.set("BTC-USDT", { bid: "0.079", ask: "100000" }),
    18: () => void venue.market.books.set("ETH-USDT", { bid: "0.00000000", ask: "0.00000000" }),
    20: () => {
      venue.market.factor = 10;
    },
    22: () => void venue.market.rows.set(at(22), { close: "0" }),
    24: () => venue.market.absent.add(at(24)),
    26: () => venue.market.quiet.add(at(26)),
    28: () => venue.trick(quotes, (_, right) => ({ ...right(), headers: { age: "40" } })),
    30: () => venue.trick(quotes, "hang-up", 2),
    32: () => {
      venue.market.lateMs = 2 * MINUTE;
    },
    34: () => void venue.market.rows.set(at(34, 3), { high: "9999" }),
    36: () => venue.trick(quotes, (_, right) => ({ ...right(), gzip: true })),
    38: () => venue.trick(candles, () => ({ status: 400, body: { code: -1121, msg: "Invalid symbol." } })),
    49: () => venue.trick(quotes, () => html(503)),
  };
  for (let number = 0; number < 50; number++) {
    mischief[number]?.();
    await playRound(run, clock, cup, number);
    venue.behave();
    venue.market.books.clear();
    venue.market.factor = 1;
    venue.market.lateMs = 0;
  }
  await clock.set(cup.due(50) + 1000);
  await run.ports.wakeArena(cup.id);

  const states = await roundsOf(db.query, cup);
  const skipped = states.flatMap((state, number) => (state === "settled" ? [] : [number]));
  // Rounds 11 and 12 fall into the ban. A wrong price passes with its round, as does all other mischief.
  expect(skipped).toEqual([4, 6, 10, 11, 12, 16, 18, 20, 22, 24, 28, 32, 38, 49]);
  expect(states[20]).toBe("market.doubtful");
  await holds(cup);
  expect(await db.query("select status, ended_reason from tournaments")).toEqual([
    { status: "completed", ended_reason: "market.stale" },
  ]);
}, 240_000);

test("the venue fails for an hour, comes back with a gap and a changed candle: nothing is invented, nothing trades twice", async () => {
  const cup = await venueCup(db.query, { market: "binance", symbols: ["BTC-USDT"], rounds: 90, entries: 2 });
  trade(cup);
  for (const number of [0, 1, 2]) await playRound(run, clock, cup, number);
  const before = await db.query("select open_at, open::text, close::text from candles order by open_at");
  venue.trick(/./, () => html(503));
  for (let number = 3; number < 63; number++) {
    // Nobody decides in a round that does not open, so an hour of them needs no agents.
    await clock.set(cup.due(number));
    await run.ports.wakeArena(cup.id);
    for (const ms of [5_000, 12_000, 19_000]) {
      await clock.set(cup.due(number) + ms);
      await run.ports.wakeArena(cup.id);
    }
  }
  // What the venue sends of that hour begins half an hour late, and one old candle has another close.
  for (let n = 3; n < 33; n++) venue.market.absent.add(PlayedMarket.key("BTC-USDT", START + n * MINUTE));
  venue.market.rows.set(PlayedMarket.key("BTC-USDT", START + MINUTE), { close: "1", low: "0.5" });
  venue.behave();
  await clock.set(cup.due(63));
  for (const number of [63, 64]) await playRound(run, clock, cup, number);

  const states = await roundsOf(db.query, cup);
  expect(states.slice(0, 3)).toEqual(["settled", "settled", "settled"]);
  expect(new Set(states.slice(3, 63))).toEqual(new Set(["market.stale"]));
  expect(states.slice(63)).toEqual(["settled", "settled"]);
  const after = await db.query<{ open_at: string }>(
    "select open_at, open::text, close::text from candles order by open_at",
  );
  expect(after.slice(0, before.length)).toEqual(before);
  const held = new Set(after.map(({ open_at }) => Date.parse(open_at)));
  for (let n = 3; n < 33; n++) expect(held.has(START + n * MINUTE)).toBe(false);
  expect(await count(db.query, "candles where filled")).toBe(0);
  await holds(cup);
}, 240_000);
