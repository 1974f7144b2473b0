/** What every live venue must do, whichever it is: one table of guarantees on three real shapes. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { venueNames } from "../../../../src/core/venue-names.ts";
import { venueSource, venues } from "../../../../src/markets/venues/venue-desk.ts";
import { type TestClock, testClock } from "../../../support/builders.ts";
import { closeTestServer, openTestDatabase, type TestDatabase } from "../../../support/database.ts";
import { PlayedMarket } from "../../../support/venues/market.ts";
import { html } from "../../../support/venues/server.ts";
import { DUE, MINUTE, type Played, play, reasons, stored } from "./played.ts";

let db: TestDatabase;
let clock: TestClock;
let played: Played;
beforeAll(async () => {
  db = await openTestDatabase();
  clock = await testClock(db.query, DUE);
});
afterEach(() => played.close());
afterAll(async () => {
  await db.close();
  await closeTestServer();
});

const candlesPath = /candles\?|klines|OHLC/;
const quotesPath = /book\?|bookTicker|Ticker/;
const listPath = /products$|exchangeInfo|AssetPairs/;

describe.for(venueNames)("%s", (name) => {
  const symbols = name === "binance" ? ["BTC-USDT", "ETH-USDT"] : ["BTC-USD", "ETH-USD"];
  const [first = "", second = ""] = symbols;
  const source = venueSource(name, 60).id;
  const { pageRows } = venues[name];
  const start = async (aheadMs = 0) => {
    await db.query("truncate candles, venue_states, venue_symbols, venue_faults");
    await clock.set(DUE + 500);
    played = await play(name, db, clock, aheadMs);
  };
  const candles = (dueMs = DUE, wanted = symbols) =>
    played.desk.candles({ symbols: wanted, intervalSeconds: 60, dueMs });
  const quotes = (quoteMs = DUE + 35_000, wanted = symbols) => played.desk.quotes({ symbols: wanted, quoteMs });
  /** Asks until all is there or nothing more comes, and moves the clock by the waits. */
  const patient = async <T extends { values: object; afterMs: number | null }>(
    question: () => Promise<T>,
  ): Promise<T> => {
    for (let turn = 0; turn < 10; turn++) {
      const reply = await question();
      if (reply.afterMs === null) return reply;
      await played.clock.add(reply.afterMs);
    }
    throw new Error("it never ends");
  };

  beforeEach(() => start());

  test("stores the last closed candles as the venue has them, and never the open one", async () => {
    expect(await candles()).toMatchObject({ afterMs: null, troubles: [] });
    const rows = await stored(db, source, first);
    expect(rows).toHaveLength(pageRows);
    expect(rows.at(-1)?.open_ms).toBe(DUE - MINUTE);
    for (const row of rows) {
      const right = played.venue.market.row(first, row.open_ms, MINUTE);
      const { open, high, low, close, volume } = right;
      expect([row.open, row.high, row.low, row.close, row.volume].map(Number)).toEqual(
        [open, high, low, close, volume].map(Number),
      );
    }
    expect(rows.every((row, at) => at === 0 || row.open_ms === (rows[at - 1]?.open_ms ?? 0) + MINUTE)).toBe(true);
    expect(played.errors).toEqual([]);
  });

  test("fetches each candle once, whoever asks and however often", async () => {
    await Promise.all(Array.from({ length: 200 }, () => candles()));
    await candles();
    expect(played.venue.count(candlesPath)).toBe(2);
    await played.clock.set(DUE + MINUTE + 500);
    await Promise.all(Array.from({ length: 200 }, () => candles(DUE + MINUTE)));
    expect(played.venue.count(candlesPath)).toBe(4);
    expect(await stored(db, source, first)).toHaveLength(pageRows + 1);
    // Another life of the object knows from the database what is there.
    played.reborn();
    expect(await candles(DUE + MINUTE)).toMatchObject({ afterMs: null });
    expect(played.venue.count(candlesPath)).toBe(4);
  });

  test("fetches each quote once, at its common time", async () => {
    const many = await Promise.all(Array.from({ length: 200 }, () => quotes()));
    const calls = played.venue.count(quotesPath);
    expect(calls).toBe(name === "coinbase" ? 2 : 1);
    const { bid, ask } = played.venue.market.book(first);
    for (const reply of many) expect(reply.values[first]).toEqual({ bid, ask, ageMs: 0 });
    await quotes();
    expect(played.venue.count(quotesPath)).toBe(calls);
  });

  test("names itself to the venue in every call", async () => {
    await candles();
    await quotes();
    expect(played.venue.calls.every(({ userAgent }) => userAgent?.startsWith("agonus"))).toBe(true);
  });

  test("tries three times with a pause in between, and says what was wrong", async () => {
    played.venue.trick(candlesPath, () => html(502));
    const reply = await patient(() => candles(DUE, [first]));
    expect(reply.values).toEqual({});
    expect(reply.troubles).toMatchObject([
      { symbol: first, code: "market.stale", final: true, received: expect.stringContaining("<!DOCTYPE") },
    ]);
    expect(played.venue.count(candlesPath)).toBe(3);
    expect(await stored(db, source, first)).toEqual([]);
    expect(await reasons(db)).toHaveLength(3);
  });

  test("a second try is taken where the first answer is late by two seconds", async () => {
    played.venue.market.lateMs = MINUTE + 1500;
    const early = await candles();
    expect(early.values).toEqual({});
    expect(early.afterMs).toBeGreaterThanOrEqual(500);
    played.venue.market.lateMs = 0;
    expect(await patient(() => candles())).toMatchObject({ troubles: [] });
    expect((await stored(db, source, first)).at(-1)?.open_ms).toBe(DUE - MINUTE);
  });

  test("JSON that is cut, in HTML's clothes, or packed: the first is refused, the others are read", async () => {
    played.venue.trick(
      candlesPath,
      (_, right) => {
        const { body } = right();
        return { body: (typeof body === "string" ? body : JSON.stringify(body)).slice(0, 200) };
      },
      1,
    );
    const cut = await candles(DUE, [first]);
    expect(cut.troubles).toMatchObject([{ reason: expect.stringContaining("no whole JSON") }]);
    played.venue.trick(candlesPath, (_, right) => ({ ...right(), headers: { "content-type": "text/html" } }), 1);
    expect(await patient(() => candles(DUE, [first]))).toMatchObject({ troubles: [] });
    played.venue.trick(quotesPath, (_, right) => ({ ...right(), gzip: true }));
    expect(await quotes(DUE + 35_000, [first])).toMatchObject({ troubles: [] });
  });

  test.for(["drip", "headers", "hang-up"] as const)("%s: ended in time, and the next try is taken", async (trick) => {
    await candles(DUE, [second]);
    played.venue.trick(candlesPath, trick, 1);
    played.timeoutMs = trick === "hang-up" ? played.timeoutMs : 150;
    expect((await candles(DUE, [first])).values).toEqual({});
    played.timeoutMs = 60_000;
    expect(await patient(() => candles(DUE, [first]))).toMatchObject({ troubles: [] });
  });

  test.for([180_000, -180_000])("a clock that is %i ms off: closed is what the venue's clock says", async (aheadMs) => {
    await played.close();
    await start(aheadMs);
    const reply = await candles(DUE, [first]);
    const rows = await stored(db, source, first);
    const closedAt = rows.length > 0 ? (rows.at(-1)?.open_ms ?? 0) + MINUTE : 0;
    expect(closedAt).toBeLessThanOrEqual(played.venue.market.now());
    if (aheadMs > 0) expect(reply).toMatchObject({ afterMs: null, troubles: [] });
    else {
      expect(reply.troubles).toMatchObject([{ reason: expect.stringContaining("has a clock behind ours") }]);
      expect(played.venue.count(candlesPath)).toBe(0);
    }
    const [state] = await db.query<{ clock_skew_ms: number }>("select clock_skew_ms from venue_states");
    expect(Math.abs((state?.clock_skew_ms ?? 0) - aheadMs)).toBeLessThan(60_000);
  });

  test("a quote that a cache kept from before the close is asked for again", async () => {
    played.venue.trick(quotesPath, (_, right) => ({ ...right(), headers: { age: "12" } }), name === "coinbase" ? 2 : 1);
    const first = await quotes();
    expect(first.values).toEqual({});
    expect(first.troubles).toMatchObject([{ reason: expect.stringContaining("before the round's close") }, {}]);
    expect(await patient(() => quotes())).toMatchObject({ troubles: [] });
  });

  test("429 without a time: nobody calls for a while, then on; a wait outlives the object", async () => {
    played.venue.trick(
      candlesPath,
      () => ({ status: 429, body: name === "coinbase" ? { message: "Public rate limit exceeded" } : {} }),
      1,
    );
    await candles(DUE, [first]);
    const before = played.venue.calls.length;
    expect((await candles(DUE, [second])).values).toEqual({});
    expect((await quotes(DUE + 35_000)).values).toEqual({});
    played.reborn();
    expect((await candles(DUE, [second])).values).toEqual({});
    expect(played.venue.calls.length).toBe(before);
    expect(await patient(() => candles())).toMatchObject({ troubles: [] });
  });

  test("a wrong candle is refused, whatever is wrong with it", async () => {
    const at = PlayedMarket.key(first, DUE - MINUTE);
    for (const wrong of [{ close: "0" }, { low: "999999" }, { high: "0.001" }, { open: "-1" }, { close: "null" }]) {
      played.venue.market.rows.set(at, wrong);
      played.reborn();
      const reply = await candles(DUE, [first]);
      expect([wrong, reply.values]).toEqual([wrong, {}]);
      expect(reply.troubles).toMatchObject([{ code: "market.doubtful" }]);
      // The rows before it are as good as ever.
      expect((await stored(db, source, first)).at(-1)?.open_ms).toBe(DUE - 2 * MINUTE);
    }
    played.venue.market.rows.clear();
    played.reborn();
    expect(await candles(DUE, [first])).toMatchObject({ troubles: [] });
  });

  test("a candle that changes afterwards stays as it was stored, and the change is reported", async () => {
    await candles(DUE, [first]);
    const before = await stored(db, source, first);
    played.venue.market.rows.set(PlayedMarket.key(first, DUE - MINUTE), { high: "99999" });
    await played.clock.set(DUE + MINUTE + 500);
    await candles(DUE + MINUTE, [first]);
    const after = await stored(db, source, first);
    expect(after.slice(0, -1)).toEqual(before);
    expect(after).toHaveLength(before.length + 1);
    expect(await reasons(db)).toEqual([expect.stringContaining("changed a candle that was stored")]);
  });

  test("a symbol is looked up in the list; an unknown one gets near matches; XBT is BTC", async () => {
    const quote = name === "binance" ? "USDT" : "USD";
    const { found } = await played.desk.find([`XBT-${quote}`, `ETHH-${quote}`]);
    expect(found).toEqual([
      { symbol: `BTC-${quote}`, status: expect.any(String), tradable: true, near: [] },
      { symbol: `ETHH-${quote}`, status: null, tradable: false, near: expect.arrayContaining([`ETH-${quote}`]) },
    ]);
  });

  test("an unknown status word is no trading, and stops the round's candles", async () => {
    const word = name === "binance" ? "CANCEL_ONLY" : "something_new";
    played.venue.pairs = played.venue.pairs.map((pair) =>
      pair.symbol === first ? { ...pair, row: { ...pair.row, status: word } } : pair,
    );
    expect((await played.desk.find([first])).found).toMatchObject([{ status: word, tradable: false }]);
    const reply = await candles(DUE, [first]);
    expect(reply).toMatchObject({ afterMs: null, troubles: [{ code: "market.doubtful", final: true }] });
    expect(played.venue.count(candlesPath)).toBe(0);
  });

  test("a list that can't be read is said; one that was read before still serves", async () => {
    played.venue.trick(listPath, () => html(503));
    expect(await played.desk.find([first])).toEqual({
      found: null,
      reason: expect.stringContaining("a page in place of data"),
    });
    played.venue.behave();
    expect((await played.desk.find([first])).found).toMatchObject([{ tradable: true }]);
    played.venue.trick(listPath, () => html(503));
    played.reborn();
    await played.clock.add(10_000);
    expect((await played.desk.find([first])).found).toMatchObject([{ tradable: true }]);
  });
});
