/** Rounds on live venues: never on a doubtful price, always with the reason, and the ledger exact to the last digit. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { venueNames } from "../../../../src/core/venue-names.ts";
import { checkLedger } from "../../../../src/ledger/check-ledger.ts";
import { count, type TestClock, testClock } from "../../../support/builders.ts";
import { closeTestServer, openTestDatabase, type TestDatabase } from "../../../support/database.ts";
import type { InProcess } from "../../../support/in-process.ts";
import { binanceBan, binanceElsewhere, binancePairs } from "../../../support/venues/binance.ts";
import { coinbasePairs } from "../../../support/venues/coinbase.ts";
import { krakenError, krakenPairs } from "../../../support/venues/kraken.ts";
import { PlayedMarket } from "../../../support/venues/market.ts";
import { html, type PlayedVenue, playVenue } from "../../../support/venues/server.ts";
import {
  buys,
  type CupOptions,
  MINUTE,
  playRound,
  receiptsOf,
  roundsOf,
  START,
  stage,
  type VenueCup,
  venueCup,
} from "./cup.ts";

let db: TestDatabase;
let clock: TestClock;
let run: InProcess;
const played = {} as Record<(typeof venueNames)[number], PlayedVenue>;
beforeAll(async () => {
  db = await openTestDatabase();
  clock = await testClock(db.query, START);
});
beforeEach(async () => {
  await db.query(
    `truncate tournaments, candle_sources, agents, venue_states, venue_symbols, venue_faults, tasks, task_keys cascade`,
  );
  await clock.set(START - 5 * MINUTE);
  const now = () => clock.now();
  played.coinbase = await playVenue("coinbase", now, [...coinbasePairs]);
  played.kraken = await playVenue("kraken", now, [...krakenPairs]);
  played.binance = await playVenue("binance", now, [...binancePairs]);
  run = stage(db.query, clock, played);
});
afterEach(() => Promise.all(venueNames.map((name) => played[name].close())));
afterAll(async () => {
  await db.close();
  await closeTestServer();
});

async function cupOf(options: CupOptions = {}): Promise<VenueCup> {
  const cup = await venueCup(db.query, options);
  const symbol = options.symbols?.[0] ?? (options.market === "binance" ? "BTC-USDT" : "BTC-USD");
  for (const { id } of cup.entries) run.answer(id, buys(symbol, "50"));
  return cup;
}
const go = (cup: VenueCup, number: number) => playRound(run, clock, cup, number);
const exact = async () => expect(await checkLedger(db.query)).toMatchObject({ ok: true, errors: [] });
const versions = () => db.query<{ version: number }>("select version from entries order by id");

describe.for(venueNames)("%s", (market) => {
  const symbols = market === "binance" ? ["BTC-USDT", "ETH-USDT"] : ["BTC-USD", "ETH-USD"];
  const [first = ""] = symbols;

  test("a round opens, fills at the ask moved by slippage, marks at the mid, and the ledger agrees", async () => {
    const cup = await cupOf({ market, symbols });
    await go(cup, 0);
    await go(cup, 1);
    expect(await roundsOf(db.query, cup)).toEqual(["settled", "settled"]);
    const [quote] = await db.query<{ bid: string; ask: string; mid: string; venue: string }>(
      `select q.* from quotes q join rounds r on r.id = q.round_id where r.number = 0 and q.symbol = $1`,
      [first],
    );
    expect(quote?.venue).toBe(market);
    expect(Number(quote?.mid)).toBeCloseTo((Number(quote?.bid) + Number(quote?.ask)) / 2, 9);
    const [trade] = await db.query<{ price: string }>(
      `select f.price from trades f join rounds r on r.id = f.round_id where r.number = 0 limit 1`,
    );
    expect(Number(trade?.price)).toBeCloseTo(Number(quote?.ask) * 1.0003, 8);
    await exact();
  });
});

describe("a price that is doubtful", () => {
  const wrong: readonly [string, { bid: string; ask: string }][] = [
    ["crossed", { bid: "700", ask: "690" }],
    ["without a bid", { bid: "0.00000000", ask: "600" }],
    ["without an ask", { bid: "600", ask: "0.00000000" }],
    ["with a spread over 5 %", { bid: "0.079", ask: "100000" }],
    ["ten times too high", { bid: "5999", ask: "6001" }],
  ];
  test.for(wrong)(
    "a book %s skips the round: its orders are dropped, versions rise, the next round goes on",
    async ([, book]) => {
      const cup = await cupOf({ market: "binance", symbols: ["BTC-USDT"] });
      await go(cup, 0);
      const before = await versions();
      played.binance.market.books.set("BTC-USDT", book);
      await go(cup, 1);
      expect(await roundsOf(db.query, cup)).toEqual(["settled", "market.doubtful"]);
      expect(await versions()).toEqual(before.map(({ version }) => ({ version: version + 2 })));
      expect(await count(db.query, "orders where state = 'dropped'")).toBe(2);
      expect(await count(db.query, "orders where state = 'open'")).toBe(0);
      const [receipt] = await receiptsOf(db.query, cup);
      expect(receipt).toMatchObject({ round: 1, phase: "quote", venue: "binance", code: "market.doubtful" });
      played.binance.market.books.clear();
      await go(cup, 2);
      expect(await roundsOf(db.query, cup)).toEqual(["settled", "market.doubtful", "settled"]);
      await exact();
    },
  );

  test("in the first round it is skipped as well, by the price that its agents saw", async () => {
    const cup = await cupOf({ market: "coinbase", symbols: ["BTC-USD"] });
    played.coinbase.market.books.set("BTC-USD", { bid: "5999", ask: "6001" });
    await go(cup, 0);
    expect(await roundsOf(db.query, cup)).toEqual(["market.doubtful"]);
    expect(await count(db.query, "equity_points")).toBe(0);
    await exact();
  });

  test("a wrong candle skips the round before anybody decides", async () => {
    const cup = await cupOf({ market: "kraken", symbols: ["BTC-USD"] });
    await go(cup, 0);
    const wrongRow = { open: "5990", high: "6010", low: "5980", close: "6000" };
    played.kraken.market.rows.set(PlayedMarket.key("BTC-USD", START), wrongRow);
    await go(cup, 1);
    expect(await roundsOf(db.query, cup)).toEqual(["settled", "market.doubtful"]);
    expect(await count(db.query, "decisions d join rounds r on r.id = d.round_id where r.number = 1")).toBe(0);
    expect((await receiptsOf(db.query, cup))[0]).toMatchObject({
      round: 1,
      phase: "snapshot",
      code: "market.doubtful",
    });
    await exact();
  });
});

describe("the next venue of the rules", () => {
  const both: CupOptions = { market: "coinbase", venues: ["coinbase", "kraken"], symbols: ["BTC-USD", "ETH-USD"] };

  test("gives the right price where the first one's is ten times too high; each quote says where it came from", async () => {
    const cup = await cupOf(both);
    await go(cup, 0);
    played.coinbase.market.factor = 10;
    await go(cup, 1);
    expect(await roundsOf(db.query, cup)).toEqual(["settled", "settled"]);
    const quotes = await db.query(
      `select q.symbol, q.venue from quotes q join rounds r on r.id = q.round_id where r.number = 1 order by 1`,
    );
    expect(quotes).toEqual([
      { symbol: "BTC-USD", venue: "kraken" },
      { symbol: "ETH-USD", venue: "kraken" },
    ]);
    expect(
      await db.query("select s.source_id from snapshots s join rounds r on r.id = s.round_id where r.number = 1"),
    ).toEqual([{ source_id: "kraken:60" }]);
    expect((await receiptsOf(db.query, cup)).map(({ phase, venue }) => `${phase} ${venue}`)).toEqual([
      "quote coinbase",
      "snapshot coinbase",
    ]);
    await exact();
  });

  test.for([
    ["a ban", () => binanceBan(120, clock.now() + 120_000), /banned|wait/i],
    ["a country that it does not serve", () => binanceElsewhere, /country/],
  ] as const)("gives the whole round after %s, and the receipt says why", async ([, answer, sentence]) => {
    const cup = await cupOf({ market: "binance", venues: ["binance", "kraken"], symbols: ["BTC-USDT"] });
    await go(cup, 0);
    played.binance.trick(/klines|bookTicker/, answer);
    await go(cup, 1);
    expect(await roundsOf(db.query, cup)).toEqual(["settled", "settled"]);
    expect(
      await db.query(
        "select q.venue, s.source_id from rounds r join quotes q on q.round_id = r.id join snapshots s on s.round_id = r.id where r.number = 1",
      ),
    ).toEqual([{ venue: "kraken", source_id: "kraken:60" }]);
    const [receipt] = await receiptsOf(db.query, cup);
    expect(receipt).toMatchObject({ round: 1, venue: "binance", sentence: expect.stringMatching(sentence) });
    // It is asked once, and not once more in its wait.
    expect(played.binance.calls.filter(({ at, path }) => at >= cup.due(1) && /klines/.test(path))).toHaveLength(1);
    await exact();
  });

  test("confirms a move that really happened: the first venue's price is taken", async () => {
    const cup = await cupOf(both);
    await go(cup, 0);
    played.coinbase.market.factor = 1.3;
    played.kraken.market.factor = 1.301;
    await go(cup, 1);
    expect(await roundsOf(db.query, cup)).toEqual(["settled", "settled"]);
    expect(
      await count(db.query, "quotes q join rounds r on r.id = q.round_id where r.number = 1 and q.venue = 'coinbase'"),
    ).toBe(2);
    await exact();
  });

  test("gives all candles of a round, and never some of them", async () => {
    const cup = await cupOf(both);
    played.coinbase.trick(/ETH-USD\/candles/, () => html(503));
    await go(cup, 0);
    expect(await roundsOf(db.query, cup)).toEqual(["settled"]);
    expect(await db.query("select source_id from snapshots")).toEqual([{ source_id: "kraken:60" }]);
    await exact();
  });

  test("a name that means another coin there is never asked for there", async () => {
    const cup = await cupOf({ market: "binance", venues: ["binance", "kraken"], symbols: ["LUNA-USDT"] });
    played.binance.trick(/klines/, () => html(503));
    await go(cup, 0);
    expect(await roundsOf(db.query, cup)).toEqual(["market.stale"]);
    expect(played.kraken.calls).toEqual([]);
  });
});

test("without a trade in the newest minute a round with a fresh quote goes on, and its orders fill", async () => {
  const cup = await cupOf({ market: "coinbase", symbols: ["BTC-USD"] });
  for (const n of [1, 0]) played.coinbase.market.quiet.add(PlayedMarket.key("BTC-USD", START - n * MINUTE));
  await go(cup, 0);
  expect(await roundsOf(db.query, cup)).toEqual(["settled"]);
  expect(await count(db.query, "candles where filled")).toBe(1);
  expect(await count(db.query, "trades")).toBe(2);
  await exact();
});

test("a pair that is not traded any more skips the round, with the venue's word", async () => {
  const cup = await cupOf({ market: "coinbase", symbols: ["BTC-USD"] });
  await go(cup, 0);
  played.coinbase.pairs = played.coinbase.pairs.map((pair) => ({ ...pair, row: { cancel_only: true } }));
  await go(cup, 1);
  expect(await roundsOf(db.query, cup)).toEqual(["settled", "market.doubtful"]);
  expect((await receiptsOf(db.query, cup))[0]?.sentence).toContain(
    "does not trade the symbol now (online, cancel_only)",
  );
});

test("a pair that the venue does not know any more skips the round, with that reason", async () => {
  const cup = await cupOf({ market: "kraken", symbols: ["BTC-USD"] });
  await go(cup, 0);
  played.kraken.trick(/OHLC/, () => krakenError("EQuery:Unknown asset pair"));
  await go(cup, 1);
  expect(await roundsOf(db.query, cup)).toEqual(["settled", "market.stale"]);
  expect((await receiptsOf(db.query, cup))[0]).toMatchObject({
    round: 1,
    sentence: expect.stringContaining("does not know"),
  });
  await exact();
});

test("a round that closes after the next one was due, in an outage of ours, fills at no price of then", async () => {
  const cup = await cupOf({ market: "kraken", symbols: ["BTC-USD"] });
  await clock.set(cup.due(0));
  await run.ports.wakeArena(cup.id);
  run.queued.push({
    queue: "agents",
    message: { type: "decide", tournament_id: cup.id, entry_ids: cup.entries.map(({ id }) => id) },
  });
  await run.drain(20);
  await clock.set(cup.due(5));
  await run.ports.wakeArena(cup.id);
  await run.ports.wakeArena(cup.id);
  expect((await roundsOf(db.query, cup))[0]).toBe("market.stale");
  expect(await count(db.query, "orders where state = 'dropped'")).toBe(2);
  expect(await count(db.query, "trades")).toBe(0);
  await exact();
});

test("a tournament whose last quote is missing ends on the last good round, and says so", async () => {
  const cup = await cupOf({ market: "kraken", symbols: ["BTC-USD"], rounds: 3 });
  for (const n of [0, 1]) await go(cup, n);
  played.kraken.trick(/Ticker/, () => html(502));
  await go(cup, 2);
  await clock.set(cup.due(3) + 1000);
  await run.ports.wakeArena(cup.id);
  expect(await roundsOf(db.query, cup)).toEqual(["settled", "settled", "market.stale"]);
  expect(await db.query("select status, ended_reason from tournaments")).toEqual([
    { status: "completed", ended_reason: "market.stale" },
  ]);
  expect(await count(db.query, "orders where state = 'open'")).toBe(0);
  await exact();
});

test("200 tournaments on one venue cost one fetch of candles and one of quotes a round and symbol", async () => {
  const cups: VenueCup[] = [];
  for (let n = 0; n < 200; n++)
    cups.push(await venueCup(db.query, { market: "binance", symbols: ["BTC-USDT"], entries: 1 }));
  const step = async (at: number) => {
    await clock.set(at);
    await Promise.all(cups.map((cup) => run.ports.wakeArena(cup.id)));
  };
  for (const ms of [0, 30_000, 35_000, 40_000]) {
    await step(START + ms);
    await run.drain();
  }
  await step(START + 41_000);
  expect(await count(db.query, "rounds where state = 'settled'")).toBe(200);
  expect(played.binance.count(/klines/)).toBe(1);
  expect(played.binance.count(/bookTicker/)).toBe(1);
});
