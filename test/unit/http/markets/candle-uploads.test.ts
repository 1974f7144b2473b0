/** POST /candle-sources: a file of candles comes as the body, under the rules of an import. */
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { discardUpload } from "../../../../src/db/statements/markets/uploads/end.ts";
import { storePiece, storeUploaded } from "../../../../src/db/statements/markets/uploads/store.ts";
import { deleteOld } from "../../../../src/db/statements/retention/rest.ts";
import { FIRST, marketOf, OURS, ours, type ShapeName, STEP, shapes, zipOf } from "../../../support/candles/files.ts";
import { closeTestServer } from "../../../support/database.ts";
import { type Api, openApi, tournamentBody } from "../../../support/http-app.ts";

let api: Api;
beforeAll(async () => {
  api = await openApi();
});
afterAll(async () => {
  await api?.db.close();
  await closeTestServer();
});
beforeEach(async () => {
  await api.db.query("delete from tournaments");
  await api.db.query("delete from candle_sources");
});

const rows = marketOf(60);
type Raw = string | Uint8Array | ReadableStream;

function upload(raw: Raw, query: Record<string, string> = {}, key?: string | null) {
  const body = raw instanceof Uint8Array ? new Uint8Array(raw) : raw;
  const options = key === undefined ? {} : { key };
  return api.call("POST", `/candle-sources?${new URLSearchParams(query)}`, { raw: body, ...options });
}

const stored = async (symbol = "BTC-USDT") => {
  const candles = await api.db.query<{ text: string }>(
    `select concat_ws(',', (extract(epoch from open_at) * 1000)::bigint, trim_scale(open), trim_scale(high), trim_scale(low),
            trim_scale(close), trim_scale(volume)) as text from candles where symbol = $1 order by open_at`,
    [symbol],
  );
  return `${[OURS, ...candles.map(({ text }) => text)].join("\n")}\n`;
};
const leftovers = () =>
  api.db.query(`select (select count(*) from candles) as candles, (select count(*) from candle_sources) as sources,
    (select count(*) from candle_uploads) as uploads, (select count(*) from candle_upload_pieces) as pieces`);
const nothing = [{ candles: 0, sources: 0, uploads: 0, pieces: 0 }];

describe("an uploaded file", () => {
  test.each((Object.keys(shapes) as ShapeName[]).filter((name) => name !== "binanceZip"))(
    "of the shape %s is stored as its candles",
    async (name) => {
      const { name: nameOf, content } = shapes[name];
      const answer = await upload(content(rows, "BTC", "USDT"), { name: nameOf("BTC", "USDT") });
      expect([answer.status, answer.body.detail]).toEqual([201, undefined]);
      expect(await stored()).toBe(ours(rows));
      const { items } = (await api.see("/candle-sources")).body;
      expect(items).toMatchObject([
        { id: answer.body.id, kind: "files", symbols: ["BTC-USDT"], interval_seconds: 300, report: answer.body.report },
      ]);
      expect(answer.body.report.series).toMatchObject([{ symbol: "BTC-USDT", interval: "5m", candles: 60 }]);
      expect(items[0].first_open_at).toBe(new Date(FIRST).toISOString());
      expect(items[0].last_open_at).toBe(new Date(FIRST + 59 * STEP).toISOString());
    },
  );

  test("may be packed as .gz, come in any pieces, and be sorted from 20,000 shuffled rows", async () => {
    const many = marketOf(20_000);
    const shuffled = many.toSorted((a, b) => ((a[0] / STEP) % 7_919) - ((b[0] / STEP) % 7_919));
    const bytes = gzipSync(ours(shuffled));
    const pieces = new ReadableStream({
      start(controller) {
        for (let at = 0, size = 1; at < bytes.length; at += size, size = (size * 7) % 4_001)
          controller.enqueue(new Uint8Array(bytes.subarray(at, at + size)));
        controller.close();
      },
    });
    const { status, body } = await upload(pieces, { symbol: "btc/usdt", interval: "5m" });
    expect([status, body.detail]).toEqual([201, undefined]);
    expect(body.report.series[0]).toMatchObject({ candles: 20_000, sorted: true });
    expect(await stored()).toBe(ours(many));
    expect(await api.db.query("select * from candle_upload_pieces")).toEqual([]);
  });

  test("has its gaps filled where that is asked for, and marked", async () => {
    const holes = ours(rows.filter((_, n) => n !== 5 && n !== 6));
    const query = { name: "BTC-USDT.5m.csv" };
    const refused = await upload(holes, query);
    expect(refused).toMatchObject({ status: 422, body: { code: "upload.bad_file" } });
    expect(refused.body.errors).toEqual([
      {
        path: "body",
        message:
          "BTC-USDT.5m.csv line 7: before it 2 candles are missing of BTC-USDT 5m (2024-12-31 20:25 UTC to 2024-12-31 20:30 UTC); fill=flat fills them with the last close and volume 0",
      },
    ]);
    expect((await upload(holes, { ...query, fill: "flat" })).body.report.series).toMatchObject([
      { candles: 60, filled: 2 },
    ]);
    expect(await api.db.query("select count(*) as n from candles where filled")).toEqual([{ n: 2 }]);
  });

  test("that is sent again makes no second source; under another name it does", async () => {
    const first = await upload(ours(rows), { name: "BTC-USDT.5m.csv" });
    const again = await upload(ours(rows), { name: "BTC-USDT.5m.csv" });
    expect([again.status, again.body]).toEqual([201, first.body]);
    const other = await upload(ours(rows), { name: "copy", symbol: "BTC-USDT" });
    expect(other.body.id).not.toBe(first.body.id);
    expect(await leftovers()).toEqual([{ candles: 120, sources: 2, uploads: 0, pieces: 0 }]);
  });

  test("is what a replay runs on", async () => {
    const { body } = await upload(ours(marketOf(200)), { name: "BTC-USDT.5m.csv" });
    const replay = {
      market: "replay",
      symbols: ["BTC-USDT"],
      interval_seconds: 300,
      starts_at: new Date(FIRST + 150 * STEP).toISOString(),
      ends_at: new Date(FIRST + 160 * STEP).toISOString(),
      rules: { candle_source: body.id },
    };
    const made = await api.post("/tournaments", tournamentBody(replay));
    expect([made.status, made.body.detail]).toEqual([201, undefined]);
    expect(await upload(ours(marketOf(200, 2)), { symbol: "ETH-USDT", source: body.id })).toMatchObject({
      status: 409,
      body: { code: "upload.in_use" },
    });
  });
});

describe("a further symbol of a source", () => {
  test("shares its span with the others, and may be sent again", async () => {
    const { id } = (await upload(ours(rows), { name: "BTC-USDT.5m.csv" })).body;
    const later = marketOf(60, 2, FIRST + 10 * STEP);
    const query = { name: "ETH-USDT.5m.csv", source: id };
    const added = await upload(ours(later), query);
    expect([added.status, added.body.id]).toEqual([201, id]);
    const { items } = (await api.see("/candle-sources")).body;
    expect(items).toMatchObject([
      {
        symbols: ["BTC-USDT", "ETH-USDT"],
        first_open_at: new Date(FIRST + 10 * STEP).toISOString(),
        last_open_at: new Date(FIRST + 59 * STEP).toISOString(),
        report: { series: [{ symbol: "BTC-USDT" }, { symbol: "ETH-USDT" }] },
      },
    ]);
    expect(await stored("ETH-USDT")).toBe(ours(later.slice(0, 50)));
    expect(await stored()).toBe(ours(rows.slice(10)));
    expect((await upload(ours(later), query)).body).toEqual(added.body);
    expect(await upload(ours(rows), query)).toMatchObject({ status: 409, body: { code: "upload.symbol_exists" } });
    expect(await stored("ETH-USDT")).toBe(ours(later.slice(0, 50)));
  });

  test.each([
    [
      "of another interval",
      ours(marketOf(60, 2, FIRST, 60_000)),
      "ETH-USDT.1m.csv",
      /has candles of 1m, and the source/,
    ],
    ["in another quote currency", ours(rows), "ETH-BTC.5m.csv", /ETH-BTC and BTC-USDT differ in quote currency/],
    ["of another time", ours(marketOf(60, 2, FIRST + 90 * STEP)), "ETH-USDT.5m.csv", /share no time/],
    ["off its grid", ours(marketOf(60, 2, FIRST + 60_000)), "ETH-USDT.5m.csv", /open at other times/],
  ])("%s is refused, and nothing is left of it", async (_, content, name, sentence) => {
    const { id } = (await upload(ours(rows), { name: "BTC-USDT.5m.csv" })).body;
    const refused = await upload(content, { name, source: id });
    expect(refused).toMatchObject({ status: 422, body: { code: "upload.bad_file" } });
    expect(refused.body.detail).toMatch(sentence);
    expect(await leftovers()).toEqual([{ candles: 60, sources: 1, uploads: 0, pieces: 0 }]);
  });

  test("of a source that isn't there is refused", async () => {
    expect(await upload(ours(rows), { name: "BTC-USDT.5m.csv", source: "files:none" })).toMatchObject({
      status: 404,
      body: { code: "upload.unknown_source" },
    });
  });

  test("is uploaded once at a time; an upload that fell silent is replaced, and stores no more", async () => {
    const { id } = (await upload(ours(rows), { name: "BTC-USDT.5m.csv" })).body;
    const stuck = { sourceId: id, symbol: "ETH-USDT", token: "0198ffff-0000-7000-8000-000000000001" };
    await api.db.query(
      "insert into candle_uploads (source_id, symbol, token) values ($1, $2, $3)",
      Object.values(stuck),
    );
    await api.db.query("insert into candles select source_id, 'ETH-USDT', open_at, 9, 9, 9, 9, 9 from candles limit 7");
    const query = { name: "ETH-USDT.5m.csv", source: id };
    expect(await upload(ours(rows), query)).toMatchObject({ status: 409, body: { code: "upload.under_way" } });
    await api.db.query("update candle_uploads set touched_at = agonus_now() - interval '16 minutes'");
    expect((await upload(ours(rows), query)).status).toBe(201);
    expect(await stored("ETH-USDT")).toBe(ours(rows));
    const candle = { openAt: FIRST, open: "7", high: "7", low: "7", close: "7", volume: "7" };
    expect(await storeUploaded(api.db.query, stuck, [candle])).toBe(false);
    expect(await storePiece(api.db.query, stuck, 0, "x")).toBe(false);
    await discardUpload(api.db.query, stuck, false);
    expect(await stored("ETH-USDT")).toBe(ours(rows));
  });
});

describe("a file that can't be used leaves nothing behind", () => {
  const name = "BTC-USDT.5m.csv";
  test.each<[string, Raw, Record<string, string>, RegExp]>([
    ["a wrong row", ours(rows).replace(",10000,", ",x,"), { name }, /BTC-USDT\.5m\.csv line 2: open is "x"/],
    ["an empty body", "", { name }, /BTC-USDT\.5m\.csv: is empty/],
    [
      "a .zip",
      zipOf({ [name]: ours(rows) }),
      { name },
      /is a \.zip, which is not taken here; upload the file inside it/,
    ],
    ["a damaged .gz", gzipSync(ours(rows)).map((b, n) => (n > 40 ? 255 - b : b)), { name }, /the archive is damaged/],
    ["half a .gz", gzipSync(ours(rows)).subarray(0, 500), { name }, /damaged or ends in its middle/],
    ["a bomb", gzipSync(Buffer.alloc(80_000_000, "[[1,1,1,1,1,1],")), { name }, /unpacks to more than 100 times|row/],
    [
      "no symbol",
      ours(rows),
      {},
      /upload: has no symbol, neither in its name nor in a column\. Say it by symbol=BASE-QUOTE in the query/,
    ],
    ["a jump", ours(rows).replace(",9998,", ",1,"), { name }, /accept_jumps=true takes it/],
    ["two times of other values", `${ours(rows)}${FIRST},1,1,1,1,1\n`, { name }, /line 62: .* stands in .* line 2 too/],
  ])("%s", async (_, content, query, sentence) => {
    const refused = await upload(content, query);
    expect(refused.body).toMatchObject({ status: 422, code: "upload.bad_file" });
    expect(refused.body.detail).toMatch(sentence);
    expect(await leftovers()).toEqual(nothing);
  });

  test("a connection that breaks", async () => {
    const text = ours(marketOf(30_000));
    const broken = new ReadableStream({
      pull(controller) {
        if (text.length > 0) controller.enqueue(new TextEncoder().encode(text.slice(0, 1_000_000)));
        controller.error(new Error("the client has gone"));
      },
    });
    expect(await upload(broken, { name })).toMatchObject({ status: 400, body: { code: "request.cut_off" } });
    expect(await leftovers()).toEqual(nothing);
  });

  test("more than 100 MB, whether its length is told or not", async () => {
    const told = await api.call("POST", `/candle-sources?name=${name}`, {
      raw: ours(rows),
      headers: { "content-length": "100000001" },
    });
    expect(told).toMatchObject({ status: 413, body: { code: "request.too_large" } });
    const note = "x".repeat(90_000);
    const wide = marketOf(1_200).map((row) => `${row.join()},${note}\n`);
    const endless = new ReadableStream({
      start: (controller) => controller.enqueue(new TextEncoder().encode(`${OURS},note\n`)),
      pull(controller) {
        const line = wide.shift();
        if (line === undefined) controller.close();
        else controller.enqueue(new TextEncoder().encode(line));
      },
    });
    expect((await upload(endless, { name })).status).toBe(413);
    expect(await leftovers()).toEqual(nothing);
  });

  test.each([
    ["its query is wrong", { name, interval: "7m" }, 422],
    ["its first row is wrong", { name }, 422],
    ["its source is not there", { name, source: "files:none" }, 404],
  ])("is read to its end where %s, so that its sender gets the answer", async (_, query, status) => {
    let left = 40;
    const pieces = new ReadableStream({
      pull(controller) {
        if (left-- === 0) controller.close();
        else controller.enqueue(new TextEncoder().encode(`${OURS}\n${FIRST},x,1,1,1,1\n`.repeat(100)));
      },
    });
    expect((await upload(pieces, query)).status).toBe(status);
    expect(left).toBe(-1);
    expect(await leftovers()).toEqual(nothing);
  });

  test("a wrong query, and a caller who may not", async () => {
    for (const query of [{ symbol: "BTCETHX" }, { interval: "7m" }, { fill: "linear" }, { nme: "x" }]) {
      expect((await upload(ours(rows), { name, ...query })).body).toMatchObject({
        status: 422,
        code: "request.invalid",
      });
    }
    const viewer = (await api.post("/keys", { name: "v", role: "viewer" })).body.key;
    expect(await upload(ours(rows), { name }, null)).toMatchObject({ status: 401 });
    expect(await upload(ours(rows), { name }, viewer)).toMatchObject({ status: 403 });
    expect(await leftovers()).toEqual(nothing);
  });
});

test("what a killed upload left is removed by cleanup_old_results after an hour; an import that was killed goes on", async () => {
  const { query } = api.db;
  await query(`insert into candle_sources (id, kind, name, symbols, interval_seconds, first_open_at, last_open_at, whole, created_at)
    values ('files:dead', 'files', 'x', '{}', 300, 'epoch', 'epoch', false, agonus_now() - interval '2 hours'),
           ('files:young', 'files', 'x', '{}', 300, 'epoch', 'epoch', false, agonus_now()),
           ('files:import', 'files', 'x', '{BTC-USDT}', 300, 'epoch', 'epoch', false, agonus_now() - interval '2 days')`);
  await query(`insert into candle_uploads (source_id, symbol, token, touched_at)
    select id, 'BTC-USDT', gen_random_uuid(), created_at from candle_sources where id <> 'files:import'`);
  await query(`insert into candle_upload_pieces select source_id, symbol, 0, 'x' from candle_uploads`);
  await query(`insert into candles select id, 'BTC-USDT', 'epoch', 1, 1, 1, 1, 1 from candle_sources`);
  for (const what of ["uploaded_candles", "candle_uploads", "candle_sources"] as const) {
    expect(await deleteOld(query, what, 100)).toBe(1);
    expect(await deleteOld(query, what, 100)).toBe(0);
  }
  expect(await query("select id from candle_sources order by id")).toEqual([
    { id: "files:import" },
    { id: "files:young" },
  ]);
  expect(await leftovers()).toEqual([{ candles: 2, sources: 2, uploads: 1, pieces: 1 }]);
});
