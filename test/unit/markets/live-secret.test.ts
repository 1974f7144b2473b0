/** The key of a live synthetic market stays in the database until the tournament has ended, so nobody can compute its next prices. */
import { createHash, createHmac } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Candle } from "../../../src/core/candle.ts";
import { WARM_UP_CANDLES } from "../../../src/core/phases.ts";
import { randomOf, seededRandom } from "../../../src/core/random.ts";
import { canonicalJson, sha256Hex } from "../../../src/core/text/canonical.ts";
import { readWindow } from "../../../src/db/statements/markets/candle-window.ts";
import { readCandleSource } from "../../../src/db/statements/markets/read-candle-source.ts";
import { readNews } from "../../../src/feed/events.ts";
import { marketSources } from "../../../src/markets/registry.ts";
import { startSynthetic, stepSynthetic } from "../../../src/markets/synthetic.ts";
import { syntheticAsset } from "../../../src/markets/synthetic-assets.ts";
import { advance } from "../../../src/rounds/advance.ts";
import { type TestClock, testClock } from "../../support/builders.ts";
import { closeTestServer } from "../../support/database.ts";
import { type Api, openApi } from "../../support/http-app.ts";
import { type InProcess, inProcess } from "../../support/in-process.ts";

/** The cursor of a feed that has announced nothing. */
const BEFORE = { tournament: "", round: -1, state: null, decided: 0, markedAt: null, prices: "" };
const YEAR_SECONDS = 365 * 86_400;
const SYMBOLS = ["BTC-USDT", "ETH-USDT", "SOL-USDT"];
const START = Date.UTC(2026, 5, 1);
const INTERVAL = 5;
const ROUNDS = 6;
const SEEDS = Array.from({ length: 10_001 }, (_, seed) => String(seed));

let api: Api;
let clock: TestClock;
let run: InProcess;
beforeAll(async () => {
  api = await openApi();
  clock = await testClock(api.db.query, START - 1000);
  run = inProcess(api.db.query);
});
afterAll(async () => {
  await api.db.close();
  await closeTestServer();
});

/** A live tournament with a seed that is easy to guess. */
async function cup(fields: Record<string, unknown> = {}) {
  await clock.set(START - 1000);
  const made = await api.tournament({
    symbols: SYMBOLS,
    starts_at: new Date(START).toISOString(),
    ends_at: new Date(START + ROUNDS * INTERVAL * 1000).toISOString(),
    interval_seconds: INTERVAL,
    rules: { seed: "7431" },
    agent_ids: [await api.agent(), await api.agent({ strategy: "random", strategy_type: "baseline" })],
    ...fields,
  });
  await api.post(`/tournaments/${made.id}/start`);
  return made;
}

async function play(id: string, from: number, to: number): Promise<void> {
  for (let round = from; round <= to; round++) {
    for (const part of [0, 0.3, 0.5]) {
      await clock.set(START + (round + part) * INTERVAL * 1000);
      await advance(run.ports, id);
      await run.drain();
      await advance(run.ports, id);
    }
  }
}

/** Seeds whose hash equals a published one, computed in every way that the public could try. */
async function seedsByHash(shown: Record<string, unknown>): Promise<string[]> {
  const { market, symbols, starts_at, ends_at, interval_seconds, starting_cash, rules_hash } = shown;
  const found: string[] = [];
  for (const seed of SEEDS) {
    const rules = { ...Object(shown.rules), seed };
    const frozen = { market, candle_source: null, symbols, starts_at, ends_at, interval_seconds, starting_cash, rules };
    const { market_commitment, market_clock } = shown;
    const texts = [
      canonicalJson(frozen),
      canonicalJson({ ...frozen, market_clock }),
      canonicalJson({ ...frozen, market_clock, market_commitment }),
      seed,
      `agonus market 1\n\n${seed}`,
    ];
    const hashes = await Promise.all(texts.map(sha256Hex));
    if (hashes.some((hash) => hash === rules_hash || hash === market_commitment)) found.push(seed);
  }
  return found;
}

/**
 * Seeds that fit the candles. A candle's volume is its range times a drawn number. The range is public, so the number can be
 * computed and compared. `seconds`: how long a candle lasts on the market.
 */
async function seedsByCandles(id: string, seconds: number): Promise<string[]> {
  const clues: { readonly text: string; readonly drawn: number }[] = [];
  const { body } = await api.see(`/tournaments/${id}/rounds`);
  for (const { number } of body.items) {
    const { snapshot } = (await api.see(`/tournaments/${id}/rounds/${number}`)).body;
    for (const [symbol, candle] of Object.entries<Record<string, string>>(snapshot.candles)) {
      const asset = syntheticAsset(symbol);
      if (!asset) throw new Error(symbol);
      const [high, low, close, volume] = [candle.high, candle.low, candle.close, candle.volume].map(Number);
      const range = Math.log(Number(high) / Number(low)) / (asset.annualVolatility * Math.sqrt(seconds / YEAR_SECONDS));
      const typical = (asset.hourlyTurnover * seconds) / 3_600 / Number(close);
      const drawn = (Number(volume) / typical / (0.25 + 0.5 * range) - 0.6) / 0.8;
      clues.push({ text: `${WARM_UP_CANDLES + number - 1}:${symbol}`, drawn });
    }
  }
  expect(clues.length).toBeGreaterThan(8);
  return SEEDS.filter((seed) =>
    clues.every(({ text, drawn }) => {
      const random = seededRandom(`${seed}:${text}`);
      for (let skipped = 0; skipped < 3; skipped++) random.next();
      return Math.abs(random.next() - drawn) < 0.02;
    }),
  );
}

test("the public data of a live tournament does not tell which seed from 0 to 10,000 it has", async () => {
  const { id } = await cup();
  await play(id, 0, 3);
  const shown = (await api.see(`/tournaments/${id}`)).body;
  expect(shown.status).toBe("live");
  expect(await seedsByHash(shown)).toEqual([]);
  for (const seconds of [INTERVAL, INTERVAL * 60]) expect(await seedsByCandles(id, seconds)).toEqual([]);
});

const stored = (source: string) => readWindow(api.db.query, source, SYMBOLS, 0, START + 1e9);
const keyOf = async (source: string) => {
  const [row] = await api.db.query<{ key: string }>("select key from market_keys where source_id = $1", [source]);
  if (!row) throw new Error(`${source} has no key`);
  return row.key;
};

/** All candles, computed as docs/rules.md tells anyone who wants to check them. */
function drawnAgain(opening: { key: string; seed: string }, count: number, clock: number) {
  const draw = (text: string) => {
    const hmac = createHmac("sha256", Buffer.from(opening.key, "hex")).update(text).digest();
    return randomOf([0, 4, 8, 12].map((at) => hmac.readInt32BE(at)));
  };
  const candles: Record<string, Candle[]> = Object.fromEntries(SYMBOLS.map((symbol) => [symbol, []]));
  let state = startSynthetic(opening.seed, SYMBOLS, { clock });
  for (let i = 0; i < count; i++) {
    const openAt = START + (i - WARM_UP_CANDLES) * INTERVAL * 1000;
    const step = stepSynthetic(state, openAt, INTERVAL * clock, draw);
    state = step.state;
    for (const [symbol, candle] of Object.entries(step.candles)) candles[symbol]?.push(candle);
  }
  return candles;
}

const plain = (candles: Record<string, Candle[]>) =>
  Object.fromEntries(
    Object.entries(candles).map(([symbol, all]) => [
      symbol,
      all.map(({ openAt, ...prices }) => [openAt, ...Object.values(prices).map(Number)]),
    ]),
  );

test.each(["completed", "cancelled"])(
  "when it is %s its commitment opens, and its candles can be drawn again",
  async (end) => {
    const { id } = await cup();
    await play(id, 0, 2);
    expect((await api.get(`/tournaments/${id}`)).body.market_opening).toBeNull();
    if (end === "cancelled") await api.post(`/tournaments/${id}/cancel`);
    else {
      await play(id, 3, ROUNDS - 1);
      await clock.set(START + ROUNDS * INTERVAL * 1000);
      await advance(run.ports, id);
    }
    const shown = (await api.see(`/tournaments/${id}`)).body;
    expect(shown).toMatchObject({
      status: end,
      market_opening: { seed: "7431", key: expect.stringMatching(/^[0-9a-f]{32}$/) },
    });
    const { key, seed } = shown.market_opening;
    const commitment = createHash("sha256").update(`agonus market 1\n${key}\n${seed}`).digest("hex");
    expect(shown.market_commitment).toBe(commitment);
    const candles = await stored(shown.candle_source);
    expect(candles["BTC-USDT"]?.length).toBeGreaterThan(WARM_UP_CANDLES + 2);
    const again = drawnAgain(shown.market_opening, candles["BTC-USDT"]?.length ?? 0, shown.market_clock);
    expect(plain(candles)).toEqual(plain(again));
  },
);

test("the public hash covers the commitment, so that no other market can be put in its place", async () => {
  const { id, rules_hash, rules, market_commitment, market_clock, ...shown } = await cup();
  const { seed: _, ...open } = rules;
  const { market, symbols, starts_at, ends_at, interval_seconds, starting_cash } = shown;
  const frozen = { market, candle_source: null, symbols, starts_at, ends_at, interval_seconds, starting_cash };
  expect(await sha256Hex(canonicalJson({ ...frozen, rules: open, market_clock, market_commitment }))).toBe(rules_hash);
  expect((await api.see(`/tournaments/${id}`)).body).toMatchObject({ market_commitment, market_opening: null });
});

test("while the tournament is live, nothing that anybody can read has its key", async () => {
  const { id, candle_source } = await cup();
  await play(id, 0, 2);
  const key = await keyOf(candle_source);
  const forms = [
    key,
    Buffer.from(key, "hex").toString("base64").slice(0, 21),
    Buffer.from(key, "hex").toString("base64url").slice(0, 21),
  ];
  const ids = await api.db.query<{ id: string }>(
    `select id::text from tournaments union all select id::text from agents union all select id::text from entries
     union all (select distinct on (name) id::text from tasks order by name, id)`,
  );
  await api.post("/tasks", { name: "update_tournament_rankings", args: { tournament_id: id } });
  const paths = api.app.routes
    .filter(({ method, path }) => method === "GET" && !path.includes("*"))
    .flatMap(({ path }) =>
      path.includes(":")
        ? ids.map((each) =>
            path.replace(":id", each.id).replace(":number", "1").replace(":name", "cleanup_old_results"),
          )
        : [path, `${path}?limit=100`],
    );
  let read = 0;
  const said: string[] = [];
  for (const path of new Set(paths)) {
    for (const answer of [await api.see(path), await api.get(path)]) {
      if (answer.status === 200) read++;
      said.push(JSON.stringify(answer.body), JSON.stringify([...answer.headers]));
    }
  }
  expect(read).toBeGreaterThan(100);
  said.push(JSON.stringify(await readNews(api.db.query, id, BEFORE)));
  said.push(
    JSON.stringify(api.logged),
    JSON.stringify(run.events),
    JSON.stringify(api.sent),
    JSON.stringify(api.enqueued),
  );
  // Every stored text may be shown one day, so no table has the key but the one that is made for it.
  const tables = await api.db.query<{ name: string }>(
    `select table_name as name from information_schema.tables where table_schema = 'public' and table_name <> 'market_keys'`,
  );
  for (const { name } of tables) {
    const [row] = await api.db.query<{ rows: string }>(
      `select coalesce(string_agg(x::text, ' '), '') as rows from "${name}" x`,
    );
    said.push(row?.rows ?? "");
  }
  for (const form of forms) expect(said.some((text) => text.includes(form))).toBe(false);
});

test("two tournaments of one seed have different candles, commitments and hashes", async () => {
  const [one, two] = [await cup(), await cup()];
  for (const { id } of [one, two]) await play(id, 0, 0);
  const [a, b] = [await stored(one.candle_source), await stored(two.candle_source)];
  expect(a["BTC-USDT"]).toHaveLength(WARM_UP_CANDLES + 1);
  const same = a["BTC-USDT"]?.filter((candle, i) => candle.close === b["BTC-USDT"]?.[i]?.close);
  expect(same?.length).toBeLessThan(3);
  expect(one.market_commitment).not.toBe(two.market_commitment);
  expect(one.rules_hash).not.toBe(two.rules_hash);
});

test("after a crash another isolate makes the candles that the first one would have stored", async () => {
  const { id, candle_source } = await cup();
  await play(id, 0, 1);
  const before = await readCandleSource(api.db.query, candle_source);
  const at = START + 4 * INTERVAL * 1000;
  await clock.set(at);
  await marketSources.synthetic.publish(api.db.query, candle_source, at);
  const first = await stored(candle_source);
  // The statement of the first one never reached the database.
  await api.db.query("delete from candles where source_id = $1 and open_at > $2", [candle_source, before?.lastOpenAt]);
  await api.db.query("update candle_sources set last_open_at = $2, state = $3 where id = $1", [
    candle_source,
    before?.lastOpenAt,
    JSON.stringify(before?.state),
  ]);
  await Promise.all([1, 2, 3].map(() => marketSources.synthetic.publish(api.db.query, candle_source, at)));
  expect(await stored(candle_source)).toEqual(first);
});

test("a market that has lost its key stops, and does not fall back on its seed", async () => {
  const { candle_source } = await cup();
  await api.db.query("delete from market_keys where source_id = $1", [candle_source]);
  const before = await stored(candle_source);
  await clock.set(START + INTERVAL * 2000);
  const publish = marketSources.synthetic.publish(api.db.query, candle_source, START + INTERVAL * 1000);
  await expect(publish).rejects.toThrow(`the synthetic market ${candle_source} has lost its key`);
  expect(await stored(candle_source)).toEqual(before);
});

test("a change before the start makes a new key if it changes the market, and otherwise keeps the key", async () => {
  await clock.set(START - 1000);
  const fields = { starts_at: new Date(START).toISOString(), ends_at: new Date(START + 60_000).toISOString() };
  const made = await api.tournament({ symbols: SYMBOLS, interval_seconds: INTERVAL, ...fields });
  const change = async (body: unknown) => (await api.patch(`/tournaments/${made.id}`, body)).body;
  expect(await change({ starting_cash: "900" })).toMatchObject({ market_commitment: made.market_commitment });
  const seeds = await change({ rules: { seed: "8" } });
  expect(seeds.market_commitment).not.toBe(made.market_commitment);
  expect(await api.db.query("select 1 from market_keys where source_id = $1", [made.candle_source])).toEqual([]);
  expect(seeds.market_clock).toBe(60);
  const slower = await change({ interval_seconds: 60 });
  expect(slower.market_commitment).not.toBe(seeds.market_commitment);
  expect(slower.market_clock).toBe(1);
});

test("a key that several tournaments use is published when the last of them has ended, and stays published", async () => {
  const { id, candle_source } = await cup();
  await play(id, 0, 3);
  const replay = () => {
    const starts_at = new Date(START).toISOString();
    const ends_at = new Date(START + 2 * INTERVAL * 1000).toISOString();
    const on = { market: "replay", symbols: SYMBOLS, starts_at, ends_at, interval_seconds: INTERVAL };
    return api.tournament({ ...on, rules: { candle_source }, agent_ids: [] });
  };
  const [early, opening] = [
    await replay(),
    async (of: string) => (await api.see(`/tournaments/${of}`)).body.market_opening,
  ];
  await api.post(`/tournaments/${id}/cancel`);
  expect([await opening(id), await opening(early.id)]).toEqual([null, null]);
  await clock.add(1000);
  await api.post(`/tournaments/${early.id}/cancel`);
  const open = await opening(id);
  expect(open).toMatchObject({ seed: "7431" });
  expect(await opening(early.id)).toEqual(open);
  await clock.add(1000);
  const late = await replay();
  expect([await opening(id), await opening(late.id)]).toEqual([open, null]);
});

test("an operator's list of sources does not show the seed of a live market", async () => {
  const { candle_source } = await cup({ rules: { seed: "seed-in-no-name" } });
  await play(
    (await api.db.query<{ id: string }>("select id from tournaments where candle_source_id = $1", [candle_source]))[0]
      ?.id ?? "",
    0,
    0,
  );
  const { body } = await api.get("/candle-sources?kind=synthetic&limit=100");
  expect(body.items.find((item: { id: string }) => item.id === candle_source)).toMatchObject({
    name: "synthetic market, 5s candles",
    market_clock: 60,
  });
  expect(JSON.stringify(body)).not.toContain("seed-in-no-name");
});
