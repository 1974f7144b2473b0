/** The object of a live venue in workerd: its calls leave by the platform's own fetch, and its rows come through the driver. */
import { evictDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import { call, query } from "./arrange.ts";

const MINUTE = 60_000;
const coinbase = () => env.VENUE.getByName("coinbase");

test("a venue's object stores candles, brings quotes, and goes on in a new life; tournaments are made on it", async () => {
  const dueMs = Math.floor(Date.now() / MINUTE) * MINUTE;
  const ask = { symbols: ["BTC-USD"], intervalSeconds: 60, dueMs };
  const startsAt = new Date(dueMs + 60 * MINUTE).toISOString();
  const made = await call("POST", "/tournaments", {
    name: "On a venue",
    market: "coinbase",
    symbols: ["XBT-USD"],
    starts_at: startsAt,
    ends_at: new Date(dueMs + 120 * MINUTE).toISOString(),
    interval_seconds: 60,
  });
  expect(made).toMatchObject({ status: 201, body: { symbols: ["BTC-USD"], candle_source: "coinbase:60" } });

  const first = await coinbase().candles(ask);
  expect(first).toMatchObject({ troubles: [], afterMs: null });
  const [stored] = await query<{ n: number }>("select count(*)::int as n from candles where source_id = 'coinbase:60'");
  expect(stored?.n).toBe(300);
  const quotes = await coinbase().quotes({ symbols: ["BTC-USD"], quoteMs: dueMs });
  expect(Number(quotes.values["BTC-USD"]?.bid)).toBeGreaterThan(0);

  await evictDurableObject(coinbase());
  expect(await coinbase().candles(ask)).toMatchObject({ values: { "BTC-USD": { openAt: dueMs - MINUTE } } });
  const markets = await call("GET", "/markets");
  expect(markets.body.items[0]).toMatchObject({ market: "coinbase", status: "ok", faults: [] });
  expect((await coinbase().find(["XBT-USD"])).found).toMatchObject([{ symbol: "BTC-USD", tradable: true }]);
});
