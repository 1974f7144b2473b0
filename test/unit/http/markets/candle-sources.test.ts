import { afterAll, beforeAll, expect, test } from "vitest";
import { WARM_UP_CANDLES } from "../../../../src/core/phases.ts";
import { bodyOf, draftOn, firstCandles, firstDraft } from "../../../../src/dashboard/arena/new/draft.ts";
import { createSyntheticSource, importCandles } from "../../../../src/markets/create-source.ts";
import { fillSynthetic } from "../../../../src/markets/synthetic-source.ts";
import { importedCandles } from "../../../support/candles/imported.ts";
import { closeTestServer } from "../../../support/database.ts";
import { type Api, openApi } from "../../../support/http-app.ts";

const FIRST = Date.UTC(2025, 0, 1);
const STEP = 300_000;
const at = (n: number) => new Date(FIRST + n * STEP).toISOString();

let api: Api;
let imported = "";
beforeAll(async () => {
  api = await openApi();
  const { query } = api.db;
  const source = (id: string) => ({ id, seed: "7", symbols: ["BTC-USDT"], intervalSeconds: 300, firstOpenAt: FIRST });
  const candle = (n: number) => ({ openAt: FIRST + n * STEP, open: "1", high: "2", low: "1", close: "1", volume: "1" });
  const rows = Array.from({ length: 200 }, (_, n) => candle(n));
  const contentHash = "0123456789abcdef".repeat(4);
  imported = await importCandles(query, importedCandles({ "BTC-USDT": rows, "ETH-USDT": rows }, { contentHash }));
  await createSyntheticSource(query, source("synthetic:without-candles"));
  for (const id of ["synthetic:a", "synthetic:b", "synthetic:c"]) {
    await createSyntheticSource(query, source(id));
    await fillSynthetic(query, id, FIRST + 130 * STEP);
  }
  // All in one millisecond: the ids alone tell their order.
  await query("update candle_sources set created_at = '2026-01-01T00:00:00.0001Z' where kind = 'synthetic'");
});
afterAll(async () => {
  await api.db.close();
  await closeTestServer();
});

const ids = ({ items }: { items: { id: string }[] }) => items.map(({ id }) => id);

test("stored candles are listed with what a replay needs to know; a source without candles is not listed", async () => {
  const { status, body } = await api.get("/candle-sources");
  expect([status, body.next_cursor]).toEqual([200, null]);
  expect(ids(body)).toEqual([imported, "synthetic:c", "synthetic:b", "synthetic:a"]);
  expect(body.items[0]).toEqual({
    id: imported,
    kind: "files",
    name: "2 symbols, 5m candles from files",
    symbols: ["BTC-USDT", "ETH-USDT"],
    interval_seconds: 300,
    market_clock: 1,
    first_open_at: at(0),
    last_open_at: at(199),
    report: { series: [], unused: [] },
    notes: [],
    created_at: expect.any(String),
    earliest_start_at: at(WARM_UP_CANDLES),
  });
  expect(ids((await api.get("/candle-sources?kind=files")).body)).toEqual([imported]);
  expect((await api.get("/candle-sources?kind=exchange")).status).toBe(422);
});

test("without the key only imported candles are listed: a synthetic market's name tells its seed", async () => {
  for (const path of ["/candle-sources", "/candle-sources?kind=files"]) {
    expect(ids((await api.see(path)).body)).toEqual([imported]);
  }
  expect((await api.see("/candle-sources?kind=synthetic")).body.items).toEqual([]);
  const { next_cursor } = (await api.get("/candle-sources?limit=1")).body;
  expect((await api.see(`/candle-sources?limit=1&cursor=${next_cursor}`)).body.code).toBe("request.bad_cursor");
});

test("pages neither miss nor repeat a source, even when all were made in one millisecond", async () => {
  const seen: string[] = [];
  let cursor: string | null = null;
  do {
    const { body }: { body: { items: { id: string }[]; next_cursor: string | null } } = await api.get(
      `/candle-sources?kind=synthetic&limit=1${cursor ? `&cursor=${cursor}` : ""}`,
    );
    seen.push(...ids(body));
    cursor = body.next_cursor;
  } while (cursor !== null);
  expect(seen).toEqual(["synthetic:c", "synthetic:b", "synthetic:a"]);
  const other = (await api.get("/candle-sources?limit=1")).body.next_cursor;
  expect((await api.get(`/candle-sources?kind=synthetic&cursor=${other}`)).body.code).toBe("request.bad_cursor");
});

test("the form's defaults for each source make a replay that the API accepts", async () => {
  const { items } = (await api.get("/candle-sources")).body;
  expect(firstCandles(items)?.id).toBe(imported);
  expect(firstCandles(items.slice(1))?.id).toBe("synthetic:c");
  const agents = [await api.agent()];
  for (const [source, rounds] of [
    [items[0], 79],
    [items[1], 10],
  ]) {
    const draft = {
      ...firstDraft(new Date(), "Europe/Berlin"),
      ...draftOn(source, "Europe/Berlin"),
      market: "replay" as const,
      name: "On stored candles",
    };
    const answer = await api.post(
      "/tournaments?dry_run=true",
      bodyOf({ ...draft, agentIds: agents }, [], new Date(), "Europe/Berlin"),
    );
    expect([answer.body.detail, answer.body.rounds]).toEqual([undefined, rounds]);
    expect(answer.body.first_due_at).toBe(at(WARM_UP_CANDLES));
  }
});

test("the form chooses the first quote currency where candles have two", () => {
  const source = { id: "files:x", kind: "files" as const, name: "x", symbols: ["BTC-USDT", "ETH-BTC", "SOL-USDT"] };
  const times = {
    first_open_at: at(0),
    last_open_at: at(999),
    created_at: at(0),
    earliest_start_at: at(120),
    notes: [],
  };
  const draft = draftOn({ ...source, ...times, interval_seconds: 300, market_clock: 1, report: null }, "UTC");
  expect(draft.replaySymbols).toEqual(["BTC-USDT", "SOL-USDT"]);
  // 288 rounds of a long file.
  expect(new Date(`${draft.endsAt?.text}Z`).toISOString()).toBe(at(120 + 288));
});
