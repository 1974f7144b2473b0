import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Candle } from "../../../src/core/candle.ts";
import type { Query } from "../../../src/db/query.ts";
import { readWindow } from "../../../src/db/statements/markets/candle-window.ts";
import { readCandleSource } from "../../../src/db/statements/markets/read-candle-source.ts";
import { readOpens } from "../../../src/db/statements/markets/read-prices.ts";
import { createSyntheticSource, importCandles } from "../../../src/markets/create-source.ts";
import { marketSources } from "../../../src/markets/registry.ts";
import { fillSynthetic } from "../../../src/markets/synthetic-source.ts";
import { importedCandles } from "../../support/candles/imported.ts";
import { closeTestServer, openTestDatabase, type TestDatabase } from "../../support/database.ts";

const T0 = Date.parse("2025-06-01T00:00:00Z");
const MINUTES_5 = 300_000;
const symbols = ["BTC-USDT", "ETH-USDT", "SOL-USDT"];

let database: TestDatabase;
let query: Query;
beforeAll(async () => {
  database = await openTestDatabase();
  query = database.query;
});
afterAll(async () => {
  await database?.close();
  await closeTestServer();
});

const synthetic = (id: string, firstOpenAt = T0) =>
  createSyntheticSource(query, { id, seed: "7", symbols, intervalSeconds: 300, firstOpenAt });
const all = (id: string) => readWindow(query, id, symbols, T0, T0 + 1e10);

function imported(count: number, contentHash: string) {
  const rows: Record<string, Candle[]> = {};
  for (const symbol of symbols) {
    rows[symbol] = Array.from({ length: count }, (_, i) => ({
      openAt: T0 + i * MINUTES_5,
      open: "1.50",
      high: `${2 + i}.000000000001`,
      low: "1.0",
      close: "1.5",
      volume: "0",
    }));
  }
  return { rows, ...importedCandles(rows, { contentHash }) };
}

describe("a synthetic source", () => {
  test("has no candle when it is created, and creating it again changes nothing", async () => {
    await synthetic("synthetic:a");
    await fillSynthetic(query, "synthetic:a", T0);
    await synthetic("synthetic:a");
    expect(await readCandleSource(query, "synthetic:a")).toMatchObject({
      kind: "synthetic",
      symbols,
      intervalSeconds: 300,
      firstOpenAt: new Date(T0).toISOString(),
      lastOpenAt: new Date(T0).toISOString(),
      state: { seed: "7", count: 1 },
    });
  });

  test("holds the same candles whether it was filled at once or bit by bit, across its chunks", async () => {
    await synthetic("synthetic:whole");
    await synthetic("synthetic:bits");
    const last = T0 + 1_499 * MINUTES_5;
    const progress: number[] = [];
    expect(await fillSynthetic(query, "synthetic:whole", last, { onProgress: (at) => progress.push(at) })).toBe(
      "ready",
    );
    expect(progress).toEqual([T0 + 665 * MINUTES_5, T0 + 1_331 * MINUTES_5, last]);
    for (const count of [0, 1, 17, 18, 900, 1_499]) {
      expect(await fillSynthetic(query, "synthetic:bits", T0 + count * MINUTES_5)).toBe("ready");
    }
    const whole = await all("synthetic:whole");
    expect(whole["SOL-USDT"]).toHaveLength(1_500);
    expect(await all("synthetic:bits")).toEqual(whole);
  });

  test("filled by many at once holds each candle once, and the state that belongs to it", async () => {
    await synthetic("synthetic:many");
    await synthetic("synthetic:one");
    const last = T0 + 799 * MINUTES_5;
    const results = await Promise.all(
      Array.from({ length: 6 }, (_, i) => fillSynthetic(query, "synthetic:many", last - i * 50 * MINUTES_5)),
    );
    expect(results).toEqual(Array.from({ length: 6 }, () => "ready"));
    await fillSynthetic(query, "synthetic:one", last);
    expect(await all("synthetic:many")).toEqual(await all("synthetic:one"));
    const [many, one] = [
      await readCandleSource(query, "synthetic:many"),
      await readCandleSource(query, "synthetic:one"),
    ];
    expect(many?.state).toEqual(one?.state);
  });

  test("that is far behind catches up over several calls", async () => {
    await synthetic("synthetic:late");
    expect(await fillSynthetic(query, "synthetic:late", T0 + 1_499 * MINUTES_5, { maxChunks: 1 })).toBe("not_yet");
    expect(await fillSynthetic(query, "synthetic:late", T0 + 1_499 * MINUTES_5, { maxChunks: 2 })).toBe("ready");
  });

  test("makes no candle that opens in the future, and gives one that was filled in for a replay", async () => {
    const now = Date.now();
    const first = now - (now % MINUTES_5) - 10 * MINUTES_5;
    await synthetic("synthetic:now", first);
    const { publish } = marketSources.synthetic;
    expect(await publish(query, "synthetic:now", first + 20 * MINUTES_5)).toBe("not_yet");
    expect(await publish(query, "synthetic:now", first + 9 * MINUTES_5)).toBe("ready");
    expect(await publish(query, "synthetic:now", first + 5 * MINUTES_5)).toBe("ready");
    const held = await readWindow(query, "synthetic:now", symbols, first, now + 1e9);
    expect(held["BTC-USDT"]).toHaveLength(10);
    await fillSynthetic(query, "synthetic:now", first + 20 * MINUTES_5);
    expect(await publish(query, "synthetic:now", first + 20 * MINUTES_5)).toBe("ready");
  });

  test("has nothing before its first candle, and nothing when it doesn't exist", async () => {
    await synthetic("synthetic:bounds");
    expect(await marketSources.synthetic.publish(query, "synthetic:bounds", T0 - MINUTES_5)).toBe("missing");
    expect(await marketSources.synthetic.publish(query, "synthetic:none", T0)).toBe("missing");
  });
});

describe("imported candles", () => {
  test("are stored to the last digit under the id of their content, and a second import adds nothing", async () => {
    const candles = imported(1_400, "ab".repeat(32));
    const progress: number[] = [];
    const id = await importCandles(query, candles, (stored) => progress.push(stored));
    expect(id).toBe("files:abababababababab");
    expect(progress).toEqual([0, 666, 1_332, 1_400]);
    const stored = await all(id);
    expect(stored).toEqual(candles.rows);
    const again: number[] = [];
    expect(await importCandles(query, candles, (count) => again.push(count))).toBe(id);
    expect(again).toEqual([1_400]);
    expect(await all(id)).toEqual(stored);
  });

  test("that a killed import has stored stay, and the next import goes on behind them", async () => {
    const candles = imported(1_400, "cd".repeat(32));
    await expect(
      importCandles(query, candles, (stored) => {
        if (stored > 0) throw new Error("killed");
      }),
    ).rejects.toThrow("killed");
    const { publish } = marketSources.files;
    expect(await publish(query, "files:cdcdcdcdcdcdcdcd", T0 + 665 * MINUTES_5)).toBe("ready");
    expect(await publish(query, "files:cdcdcdcdcdcdcdcd", T0 + 666 * MINUTES_5)).toBe("missing");
    const id = await importCandles(query, candles);
    expect(await publish(query, id, candles.lastOpenAt)).toBe("ready");
    expect(await publish(query, id, candles.lastOpenAt + MINUTES_5)).toBe("missing");
    expect(await publish(query, id, T0 - MINUTES_5)).toBe("missing");
    expect(await all(id)).toEqual(candles.rows);
  });

  test("imported twice at the same time are stored once", async () => {
    const candles = imported(1_400, "ef".repeat(32));
    const ids = await Promise.all([importCandles(query, candles), importCandles(query, candles)]);
    expect(await all(ids[0])).toEqual(candles.rows);
  });
});

describe("readers of candles", () => {
  test("see the window's start and not its end, oldest first, and an empty list where nothing is", async () => {
    await synthetic("synthetic:read");
    await fillSynthetic(query, "synthetic:read", T0 + 20 * MINUTES_5);
    const window = await readWindow(
      query,
      "synthetic:read",
      ["ETH-USDT", "XRP-USDT"],
      T0 + 5 * MINUTES_5,
      T0 + 8 * MINUTES_5,
    );
    expect(window["ETH-USDT"]?.map(({ openAt }) => (openAt - T0) / MINUTES_5)).toEqual([5, 6, 7]);
    expect(window["XRP-USDT"]).toEqual([]);
  });

  test("get the opens of exactly one time", async () => {
    await synthetic("synthetic:opens");
    await fillSynthetic(query, "synthetic:opens", T0 + 3 * MINUTES_5);
    const candles = await all("synthetic:opens");
    expect(await readOpens(query, "synthetic:opens", symbols, T0 + 2 * MINUTES_5)).toEqual(
      Object.fromEntries(symbols.map((symbol) => [symbol, { price: candles[symbol]?.[2]?.open, filled: false }])),
    );
    expect(await readOpens(query, "synthetic:opens", symbols, T0 + 9 * MINUTES_5)).toEqual({});
  });
});
