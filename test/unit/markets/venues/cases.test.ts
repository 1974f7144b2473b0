/** What single venues were seen to do, each with what has to follow. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { VenueName } from "../../../../src/core/venue-names.ts";
import { venueSource } from "../../../../src/markets/venues/venue-desk.ts";
import { type TestClock, testClock } from "../../../support/builders.ts";
import { closeTestServer, openTestDatabase, type TestDatabase } from "../../../support/database.ts";
import { binanceBan, binanceElsewhere, binanceSlow } from "../../../support/venues/binance.ts";
import { krakenError } from "../../../support/venues/kraken.ts";
import { PlayedMarket } from "../../../support/venues/market.ts";
import { html, type PlayedAnswer } from "../../../support/venues/server.ts";
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

async function on(name: VenueName): Promise<Played> {
  await db.query("truncate candles, venue_states, venue_symbols, venue_faults");
  await clock.set(DUE + 500);
  played = await play(name, db, clock);
  return played;
}
const candles = (symbol: string, dueMs = DUE, intervalSeconds = 60) =>
  played.desk.candles({ symbols: [symbol], intervalSeconds, dueMs });
const quotes = (...symbols: string[]) => played.desk.quotes({ symbols, quoteMs: DUE + 35_000 });
const ready = { afterMs: null, troubles: [] };
/** Asks until nothing more comes, and moves the clock by the waits; answers with the last reply. */
async function patient(symbol: string) {
  for (let turn = 0; turn < 10; turn++) {
    const reply = await candles(symbol);
    if (reply.afterMs === null || reply.afterMs > 60_000) return reply;
    await clock.add(reply.afterMs);
  }
  return candles(symbol);
}

describe("Kraken", () => {
  const rows = /OHLC/;

  test("a refusal with status 200 is a wait, and never a market without candles", async () => {
    const { venue } = await on("kraken");
    venue.trick(rows, () => krakenError("EGeneral:Too many requests"));
    const first = await candles("BTC-USD");
    expect(first).toMatchObject({
      values: {},
      troubles: [{ code: "market.stale", reason: expect.stringContaining("too many requests") }],
    });
    await patient("BTC-USD");
    expect(venue.count(rows)).toBeGreaterThan(1);
    venue.behave();
    await clock.add(600_000);
    expect(await candles("BTC-USD")).toMatchObject(ready);
  });

  test.for(["EService: Throttled: ", "EService:Throttled:"])(
    "'%s' names the second before which nobody calls",
    async (words) => {
      const { venue } = await on("kraken");
      const until = Math.floor(clock.now() / 1000) + 20;
      venue.trick(rows, () => krakenError(`${words}${until}`), 1);
      await candles("BTC-USD");
      const calls = venue.calls.length;
      for (let second = 0; second < 19; second += 3) {
        await candles("BTC-USD");
        await candles("ETH-USD");
        await clock.add(3000);
        if (clock.now() < until * 1000) expect(venue.calls.length).toBe(calls);
      }
      await clock.set(until * 1000 + 1000);
      expect(await candles("ETH-USD")).toMatchObject(ready);
    },
  );

  test.for([{ error: ["EQuery:Unknown asset pair"] }, { error: ["EQuery:Unknown asset pair"], result: {} }])(
    "an unknown pair is final: %j",
    async (body) => {
      const { venue } = await on("kraken");
      venue.trick(rows, () => ({ body }));
      expect(await candles("BTC-USD")).toMatchObject({
        afterMs: null,
        troubles: [{ final: true, reason: expect.stringContaining("does not know") }],
      });
      expect(venue.count(rows)).toBe(1);
    },
  );

  test("rows under another listed pair's name are refused as doubtful", async () => {
    const { venue } = await on("kraken");
    venue.trick(rows, (_, right) => {
      const { result } = right().body as { result: Record<string, unknown> };
      return { body: { error: [], result: { XETHZUSD: result.XXBTZUSD, last: result.last } } };
    });
    expect(await patient("BTC-USD")).toMatchObject({
      troubles: [{ code: "market.doubtful", reason: expect.stringContaining("another pair") }],
    });
    expect(await stored(db, "kraken:60", "BTC-USD")).toEqual([]);
  });

  test("all of 721 rows are taken but the open one", async () => {
    const { venue } = await on("kraken");
    venue.trick(rows, (url, right) => {
      url.searchParams.delete("since");
      return right();
    });
    expect(await candles("BTC-USD")).toMatchObject(ready);
    const all = await stored(db, "kraken:60", "BTC-USD");
    expect(all).toHaveLength(720);
    expect(all.at(-1)?.open_ms).toBe(DUE - MINUTE);
  });

  test("`since` may include its own time or not: the candles are the same", async () => {
    await on("kraken");
    await candles("BTC-USD");
    const inclusive = await stored(db, "kraken:60", "BTC-USD");
    await played.close();
    const { venue } = await on("kraken");
    venue.trick(rows, (url, right) => {
      url.searchParams.set("since", String(Number(url.searchParams.get("since")) + 1));
      return right();
    });
    await candles("BTC-USD");
    expect(await stored(db, "kraken:60", "BTC-USD")).toEqual(inclusive);
  });

  test("the volume is the seventh number, and a weighted price of zero is no zero price", async () => {
    const { venue } = await on("kraken");
    venue.market.quiet.add(PlayedMarket.key("BTC-USD", DUE - 2 * MINUTE));
    venue.market.rows.set(PlayedMarket.key("BTC-USD", DUE - MINUTE), { volume: "3.5" });
    expect(await candles("BTC-USD")).toMatchObject(ready);
    const [quiet, last] = (await stored(db, "kraken:60", "BTC-USD")).slice(-2);
    expect(Number(last?.volume)).toBe(3.5);
    expect(quiet).toMatchObject({ volume: expect.stringMatching(/^0(\.0+)?$/) });
    expect(new Set([quiet?.open, quiet?.high, quiet?.low, quiet?.close]).size).toBe(1);
  });

  test("names come from the list, and none by cutting the glued name", async () => {
    await on("kraken");
    await played.desk.find(["BTC-USD"]);
    const listed = await db.query("select symbol, id from venue_symbols order by symbol");
    expect(listed).toEqual([
      { symbol: "BTC-USD", id: "XBTUSD" },
      { symbol: "BTC-USDT", id: "XBTUSDT" },
      { symbol: "DOGE-USD", id: "XDGUSD" },
      { symbol: "ETH-BTC", id: "ETHXBT" },
      { symbol: "ETH-USD", id: "ETHUSD" },
      { symbol: "LUNA-USD", id: "LUNAUSD" },
      { symbol: "SOL-USD", id: "SOLUSD" },
      { symbol: "USDT-USD", id: "USDTUSD" },
    ]);
  });

  test.for(["maintenance", "work_in_progress", "delisted", "post_only", "cancel_only"])(
    "%s is said and not traded",
    async (status) => {
      const { venue } = await on("kraken");
      venue.pairs = venue.pairs.map((pair) => ({ ...pair, row: { ...pair.row, status } }));
      expect((await played.desk.find(["BTC-USD"])).found).toMatchObject([{ status, tradable: false }]);
    },
  );

  test("a page with 520, a page with 200 and an unknown method are three different reasons", async () => {
    const { venue } = await on("kraken");
    const answers: PlayedAnswer[] = [
      html(520),
      html(200),
      { status: 404, body: { error: ["EGeneral:Unknown method"] } },
    ];
    venue.trick(rows, () => answers.shift() ?? html(520));
    await patient("BTC-USD");
    expect(new Set(await reasons(db)).size).toBe(3);
  });

  test("a market that only takes cancels is not traded, and not asked again", async () => {
    const { venue } = await on("kraken");
    venue.trick(/Ticker/, () => krakenError("EService:Market in cancel_only mode"));
    expect(await quotes("BTC-USD")).toMatchObject({
      afterMs: null,
      troubles: [{ code: "market.doubtful", final: true }],
    });
  });
});

describe("Binance", () => {
  const rows = /klines/;
  const books = /bookTicker/;

  test("a halt of an hour is a gap: nothing is filled in", async () => {
    const { venue } = await on("binance");
    for (let n = 10; n < 70; n++) venue.market.absent.add(PlayedMarket.key("BTC-USDT", DUE - n * MINUTE));
    expect(await candles("BTC-USDT")).toMatchObject(ready);
    expect(await stored(db, "binance:60", "BTC-USDT")).toHaveLength(940);
    for (let n = 1; n < 10; n++) venue.market.absent.add(PlayedMarket.key("ETH-USDT", DUE - n * MINUTE));
    expect(await candles("ETH-USDT")).toMatchObject({ values: {}, troubles: [{ code: "market.stale" }] });
  });

  test("429 with Retry-After: nothing for 7 s, then on; the weight is kept", async () => {
    const { venue } = await on("binance");
    venue.trick(rows, () => binanceSlow(7), 1);
    await candles("BTC-USDT");
    const calls = venue.calls.length;
    for (let second = 0; second < 7; second++) {
      await candles("BTC-USDT");
      await quotes("ETH-USDT");
      expect(venue.calls.length).toBe(calls);
      await clock.add(1000);
    }
    await clock.add(100);
    expect(await candles("BTC-USDT")).toMatchObject(ready);
    expect(await db.query("select used_weight from venue_states")).toEqual([{ used_weight: 21 }]);
  });

  test("418: banned for two minutes, and nobody calls until then", async () => {
    const { venue } = await on("binance");
    venue.trick(rows, () => binanceBan(120, clock.now() + 120_000), 1);
    const reply = await candles("BTC-USDT");
    expect(reply.afterMs).toBeGreaterThan(100_000);
    const calls = venue.calls.length;
    await clock.add(119_000);
    await candles("ETH-USDT");
    expect(venue.calls.length).toBe(calls);
    await clock.add(2_000);
    expect(await candles("ETH-USDT")).toMatchObject(ready);
  });

  test("451: final, not repeated, with the reason", async () => {
    const { venue } = await on("binance");
    venue.trick(rows, () => binanceElsewhere);
    expect(await candles("BTC-USDT")).toMatchObject({
      afterMs: null,
      troubles: [{ final: true, reason: expect.stringContaining("country") }],
    });
    await candles("BTC-USDT");
    expect(venue.count(rows)).toBe(1);
  });

  test("403 with a page is a wait, and no unknown symbol", async () => {
    const { venue } = await on("binance");
    venue.trick(rows, () => html(403), 1);
    const reply = await candles("BTC-USDT");
    expect(reply).toMatchObject({ troubles: [{ final: false, reason: expect.stringContaining("(403)") }] });
    const calls = venue.calls.length;
    await candles("ETH-USDT");
    expect(venue.calls.length).toBe(calls);
  });

  test("one unknown name fails a call for many: the others still get their quotes at once", async () => {
    const { venue } = await on("binance");
    await played.desk.find(["BTC-USDT"]);
    venue.pairs = venue.pairs.filter(({ symbol }) => symbol !== "SOL-USDT");
    const reply = await quotes("BTC-USDT", "SOL-USDT", "ETH-USDT");
    expect(Object.keys(reply.values).toSorted()).toEqual(["BTC-USDT", "ETH-USDT"]);
    expect(reply.troubles).toMatchObject([{ symbol: "SOL-USDT", final: true }]);
  });

  test("names in any script, of digits, and with leading digits are called as they are", async () => {
    const { venue } = await on("binance");
    for (const symbol of ["币安人生-USDT", "4-USDT", "1000SATS-USDT"])
      expect(await candles(symbol)).toMatchObject(ready);
    expect(await quotes("币安人生-USDT", "4-USDT", "1000SATS-USDT")).toMatchObject(ready);
    const paths = venue.calls.filter(({ path }) => rows.test(path)).map(({ path }) => path);
    expect(paths[0]).toContain(`symbol=${encodeURIComponent("币安人生USDT")}&`);
  });

  test("pairs that somebody asked for lately come along in one call", async () => {
    const { venue } = await on("binance");
    await quotes("BTC-USDT");
    await quotes("ETH-USDT");
    expect(venue.count(books)).toBe(2);
    const next = (symbol: string) => played.desk.quotes({ symbols: [symbol], quoteMs: DUE + 95_000 });
    await clock.add(60_000);
    await next("BTC-USDT");
    expect(await next("ETH-USDT")).toMatchObject(ready);
    expect(venue.count(books)).toBe(3);
  });
});

describe("Coinbase", () => {
  const rows = /candles\?/;

  test("the low stands before the high, and the newest row comes first", async () => {
    const { venue } = await on("coinbase");
    const at = PlayedMarket.key("BTC-USD", DUE - MINUTE);
    venue.market.rows.set(at, { open: "7.5", high: "9.25", low: "6.5", close: "8.75" });
    await candles("BTC-USD");
    expect((await stored(db, "coinbase:60", "BTC-USD")).at(-1)).toMatchObject({
      open: "7.5",
      high: "9.25",
      low: "6.5",
      close: "8.75",
    });
  });

  test("four hours come from hours in pages of 300: no candle twice, none missing at a seam", async () => {
    const { venue } = await on("coinbase");
    const { id, baseSeconds } = venueSource("coinbase", 14_400);
    expect([id, baseSeconds]).toEqual(["coinbase:3600", 3600]);
    expect(await candles("BTC-USD", DUE, 14_400)).toMatchObject(ready);
    const all = await stored(db, id, "BTC-USD");
    expect(all).toHaveLength(1200);
    expect(all.every((row, at) => at === 0 || row.open_ms === (all[at - 1]?.open_ms ?? 0) + 3_600_000)).toBe(true);
    expect(venue.count(rows)).toBe(4);
    expect(await reasons(db)).toEqual([]);
  });

  test("rows from before the start are left out", async () => {
    const { venue } = await on("coinbase");
    venue.trick(rows, (url, right) => {
      url.searchParams.delete("start");
      return right();
    });
    expect(await candles("BTC-USD")).toMatchObject(ready);
    expect(await stored(db, "coinbase:60", "BTC-USD")).toHaveLength(300);
  });

  test("numbers keep their own text: a float's tail, an exponent; volumes are rounded, prices never", async () => {
    const { venue } = await on("coinbase");
    const set = (n: number, row: Record<string, string>) =>
      venue.market.rows.set(PlayedMarket.key("BTC-USD", DUE - n * MINUTE), row);
    set(2, {
      volume: "14.697630010000001",
      open: "1.2e-7",
      low: "5e-8",
      high: "1.3e-7",
      close: "0.000000125000000001",
    });
    set(1, { volume: "1E1", open: "1.25E2", low: "125", high: "125.5", close: "125.25" });
    expect(await candles("BTC-USD")).toMatchObject(ready);
    const [small, large] = (await stored(db, "coinbase:60", "BTC-USD")).slice(-2);
    expect(small).toMatchObject({
      open: "0.00000012",
      low: "0.00000005",
      high: "0.00000013",
      close: "0.000000125000000001",
      volume: "14.69763001",
    });
    expect(large).toMatchObject({ open: "125", volume: "10" });
  });

  test("a minute in which nobody traded is absent: it becomes a flat candle", async () => {
    const { venue } = await on("coinbase");
    for (const n of [5, 4]) venue.market.quiet.add(PlayedMarket.key("BTC-USD", DUE - n * MINUTE));
    await candles("BTC-USD");
    const all = await stored(db, "coinbase:60", "BTC-USD");
    expect(all).toHaveLength(300);
    const [before, one, two] = all.slice(-6);
    for (const flat of [one, two]) {
      expect(flat).toMatchObject({
        open: before?.close,
        high: before?.close,
        low: before?.close,
        close: before?.close,
        volume: "0",
      });
    }
  });

  test("a missing newest minute: the last trade tells whether nobody traded or the answer is late", async () => {
    const { venue } = await on("coinbase");
    for (const n of [0, 1]) venue.market.quiet.add(PlayedMarket.key("BTC-USD", DUE - n * MINUTE));
    expect(await candles("BTC-USD")).toMatchObject(ready);
    expect((await stored(db, "coinbase:60", "BTC-USD")).at(-1)).toMatchObject({ open_ms: DUE - MINUTE, volume: "0" });
    venue.market.lateMs = 3 * MINUTE;
    expect(await candles("ETH-USD")).toMatchObject({
      values: {},
      troubles: [{ reason: expect.stringContaining("no candle that closes") }],
    });
    expect((await stored(db, "coinbase:60", "ETH-USD")).at(-1)?.open_ms).toBeLessThan(DUE - MINUTE);
  });

  test("an empty answer now and then is no market without candles", async () => {
    const { venue } = await on("coinbase");
    venue.trick(rows, () => ({ body: [] }), 1);
    expect((await candles("BTC-USD")).values).toEqual({});
    expect(await patient("BTC-USD")).toMatchObject(ready);
  });

  test("a product that was delisted meanwhile is final", async () => {
    const { venue } = await on("coinbase");
    venue.trick(/book/, () => ({ status: 400, body: { message: "Not allowed for delisted products" } }));
    expect(await quotes("BTC-USD")).toMatchObject({
      afterMs: null,
      troubles: [{ final: true, reason: expect.stringContaining("delisted") }],
    });
    expect(venue.count(/book/)).toBe(1);
  });

  test.for(["auction_mode", "cancel_only", "trading_disabled", "post_only"])(
    "online with %s is not traded, from the next round on",
    async (flag) => {
      const { venue } = await on("coinbase");
      expect(await candles("BTC-USD")).toMatchObject(ready);
      venue.pairs = venue.pairs.map((pair) => ({ ...pair, row: { [flag]: true } }));
      await clock.set(DUE + MINUTE + 500);
      expect(await candles("BTC-USD", DUE + MINUTE)).toMatchObject({
        values: {},
        troubles: [{ final: true, received: `online, ${flag}` }],
      });
      expect((await played.desk.find(["BTC-USD"])).found).toMatchObject([
        { tradable: false, status: `online, ${flag}` },
      ]);
    },
  );

  test.for([
    "2026-11-28T12:00:36Z",
    "2026-11-28T12:00:36.123Z",
    "2026-11-28T12:00:36.123456Z",
    "2026-11-28T12:00:36.123456789Z",
  ])("a book's time may have any digits: %s", async (time) => {
    const { venue } = await on("coinbase");
    await clock.set(DUE + 36_500);
    venue.trick(/book/, (_, right) => ({ body: { ...(right().body as object), time } }));
    expect(await quotes("BTC-USD")).toMatchObject(ready);
  });

  test("a book from before the close, and a book in an auction, are no quotes", async () => {
    const { venue } = await on("coinbase");
    await candles("BTC-USD");
    venue.trick(
      /book/,
      (_, right) => ({ body: { ...(right().body as object), time: new Date(clock.now() - 20_000).toISOString() } }),
      1,
    );
    expect(await quotes("BTC-USD")).toMatchObject({
      values: {},
      troubles: [{ reason: expect.stringContaining("before the round's close") }],
    });
    venue.trick(/book/, (_, right) => ({ body: { ...(right().body as object), auction_mode: true } }));
    expect(await quotes("ETH-USD")).toMatchObject({ values: {}, troubles: [{ code: "market.doubtful", final: true }] });
  });

  test("an empty side of the book is no price", async () => {
    const { venue } = await on("coinbase");
    venue.trick(/book/, (_, right) => ({ body: { ...(right().body as object), bids: [] } }));
    expect((await quotes("BTC-USD")).values["BTC-USD"]).toMatchObject({ bid: "0" });
  });
});
