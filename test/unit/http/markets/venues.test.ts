/** Tournaments on live venues through the API: their symbols are checked at creation, and /markets says how the venues do. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import type { VenueName } from "../../../../src/core/venue-names.ts";
import { bodyOf, firstDraft } from "../../../../src/dashboard/arena/new/draft.ts";
import { deskOf, type VenueDesk } from "../../../../src/markets/venues/venue-desk.ts";
import { closeTestServer } from "../../../support/database.ts";
import { type Api, openApi } from "../../../support/http-app.ts";
import { binancePairs } from "../../../support/venues/binance.ts";
import { coinbasePairs } from "../../../support/venues/coinbase.ts";
import { krakenPairs } from "../../../support/venues/kraken.ts";
import { html, type PlayedVenue, playVenue } from "../../../support/venues/server.ts";

let api: Api;
let desks = new Map<VenueName, VenueDesk>();
const played = {} as Record<VenueName, PlayedVenue>;
beforeAll(async () => {
  api = await openApi({
    venue: (name) => {
      const known = desks.get(name) ?? desk(name);
      desks.set(name, known);
      return known;
    },
  });
});
beforeEach(async () => {
  desks = new Map();
  await api.db.query("truncate venue_states, venue_symbols, venue_faults");
  const now = () => Date.now();
  played.coinbase = await playVenue("coinbase", now, [...coinbasePairs]);
  played.kraken = await playVenue("kraken", now, [...krakenPairs]);
  played.binance = await playVenue("binance", now, [...binancePairs]);
});
afterEach(() => Promise.all(Object.values(played).map((venue) => venue.close())));
afterAll(async () => {
  await api.db.close();
  await closeTestServer();
});

function desk(name: VenueName): VenueDesk {
  const ports = {
    fetch: (url: string, init: RequestInit) => fetch(url, init),
    timeoutMs: () => 60_000,
    answerWithinMs: 60_000,
    now: () => Date.now(),
    sleep: async () => {},
    query: api.db.query,
    onError: (error: unknown) => {
      throw error;
    },
  };
  return deskOf(name, ports, played[name].url);
}

const HOUR = 3_600_000;
const body = (fields: Record<string, unknown> = {}) => {
  const startsAt = Math.ceil(Date.now() / HOUR) * HOUR + HOUR;
  return {
    name: "Cup",
    market: "kraken",
    symbols: ["BTC-USD"],
    starts_at: new Date(startsAt).toISOString(),
    ends_at: new Date(startsAt + 24 * HOUR).toISOString(),
    interval_seconds: 60,
    ...fields,
  };
};
const make = (fields: Record<string, unknown>) => api.post("/tournaments", body(fields));

test("XBT is BTC, the order of venues begins with the market, and all tournaments share a source", async () => {
  const one = await make({ symbols: ["XBT-USD", "ETH-XBT"].slice(0, 1), rules: { venues: ["coinbase"] } });
  expect(one).toMatchObject({
    status: 201,
    body: {
      market: "kraken",
      symbols: ["BTC-USD"],
      candle_source: "kraken:60",
      rules: { venues: ["kraken", "coinbase"] },
    },
  });
  const two = await make({ symbols: ["DOGE-USD"] });
  expect(two.body).toMatchObject({ symbols: ["DOGE-USD"], candle_source: "kraken:60" });
  expect((await api.see(`/tournaments/${one.body.id}`)).body.rules.seed).toBeUndefined();
});

test.for([
  [{ symbols: ["BTC-USDD"] }, "tournament.unknown_symbol", "symbols.0", "BTC-USD"],
  [{ symbols: ["BTTC-USD"] }, "tournament.unknown_symbol", "symbols.0", "is not a symbol of Kraken; it has BTC-USD"],
  [{ symbols: ["BTC-USD", "XBT-USD"] }, "request.invalid", "symbols.1", "is BTC-USD, which is in the list twice"],
  [
    { interval_seconds: 30 },
    "tournament.bad_interval",
    "interval_seconds",
    "must be one of 60, 300, 900, 3600, 14400, 86400",
  ],
  [
    { starts_at: "2027-01-01T00:00:30.000Z", ends_at: "2027-01-02T00:00:00Z" },
    "tournament.bad_dates",
    "starts_at",
    "such as 2027-01-01T00:01:00.000Z",
  ],
  [{ rules: { venues: ["coinbase", "kraken"] } }, "request.invalid", "rules.venues", "must begin with kraken"],
  [{ rules: { venues: ["nasdaq"] } }, "request.invalid", "rules.venues.0", ""],
  [
    { symbols: ["USDT-USD"], rules: { venues: ["coinbase"] } },
    "tournament.unknown_symbol",
    "rules.venues.0",
    "Coinbase does not trade USDT-USD",
  ],
  [
    { market: "synthetic", symbols: ["BTC-USDT"], rules: { venues: ["kraken"] } },
    "request.invalid",
    "rules.venues",
    "is only for live venues",
  ],
] as const)("%j is refused at its place", async ([fields, code, path, message]) => {
  const answer = await make(fields);
  expect(answer).toMatchObject({ status: 422, body: { code } });
  expect(answer.body.errors).toContainEqual({ path, message: expect.stringContaining(message) });
});

test.for([
  ["kraken", "maintenance", { status: "maintenance" }],
  ["kraken", "work_in_progress", { status: "work_in_progress" }],
  ["kraken", "delisted", { status: "delisted" }],
  ["kraken", "post_only", { status: "post_only" }],
  ["kraken", "cancel_only", { status: "cancel_only" }],
  ["binance", "CANCEL_ONLY", { status: "CANCEL_ONLY" }],
  ["binance", "BREAK", { status: "BREAK" }],
  ["coinbase", "delisted", { status: "delisted" }],
  ["coinbase", "online, auction_mode", { auction_mode: true }],
  ["coinbase", "online, trading_disabled", { trading_disabled: true }],
] as const)("a pair that %s lists as %s is refused at creation with that word", async ([market, word, row]) => {
  const venue = played[market];
  venue.pairs = venue.pairs.map((pair) => ({ ...pair, row: { ...pair.row, ...row } }));
  const symbols = [market === "binance" ? "BTC-USDT" : "BTC-USD"];
  expect(await make({ market, symbols })).toMatchObject({
    status: 422,
    body: {
      code: "market.not_tradable",
      errors: [{ path: "symbols.0", message: expect.stringContaining(word) }],
    },
  });
});

test("a name that means another coin elsewhere is taken from the venue that was named", async () => {
  expect(await make({ symbols: ["LUNA-USD"], rules: { venues: ["kraken", "binance"] } })).toMatchObject({
    status: 201,
  });
  expect(played.binance.calls).toEqual([]);
});

test("names in any script make a tournament", async () => {
  const made = await make({ market: "binance", symbols: ["币安人生-USDT", "4-USDT", "1000SATS-USDT"] });
  expect(made).toMatchObject({ status: 201, body: { symbols: ["币安人生-USDT", "4-USDT", "1000SATS-USDT"] } });
});

test("a venue that can't be reached is said, and nothing is made", async () => {
  const before = await api.rowCounts();
  played.kraken.trick(/AssetPairs/, () => html(502));
  expect(await make({})).toMatchObject({
    status: 503,
    body: { code: "market.unreachable", detail: expect.stringContaining("Kraken's list of symbols") },
  });
  const { venue_states: _, venue_faults: __, ...rest } = await api.rowCounts();
  const { venue_states: ___, venue_faults: ____, ...same } = before;
  expect(rest).toEqual(same);
});

test("a change of an upcoming tournament is checked in the same way", async () => {
  const { id } = (await make({})).body;
  expect(await api.patch(`/tournaments/${id}`, { symbols: ["XXX-USD"] })).toMatchObject({ status: 422 });
  const changed = await api.patch(`/tournaments/${id}`, { symbols: ["XDG-USD"], interval_seconds: 300 });
  expect(changed).toMatchObject({ status: 200, body: { symbols: ["DOGE-USD"], candle_source: "kraken:300" } });
});

test("GET /markets: what nobody asked is unused; then status, age of the newest candle and the faults of the hour", async () => {
  expect((await api.see("/markets")).body.items).toMatchObject([
    { market: "coinbase", status: "unused", faults: [] },
    { market: "kraken", status: "unused" },
    { market: "binance", status: "unused" },
  ]);
  await make({});
  const dueMs = Math.floor(Date.now() / 60_000) * 60_000;
  const kraken = desks.get("kraken");
  await kraken?.candles({ symbols: ["BTC-USD"], intervalSeconds: 60, dueMs });
  played.kraken.trick(/Ticker/, () => html(520));
  await kraken?.quotes({ symbols: ["BTC-USD"], quoteMs: dueMs });
  const row = (await api.see("/markets")).body.items[1];
  expect(row).toMatchObject({
    status: "failing",
    intervals: [60, 300, 900, 3600, 14_400, 86_400],
    symbols: 8,
    faults_last_hour: 1,
  });
  expect(row.faults).toMatchObject([
    { kind: "unavailable", count: 1, status: 520, reason: expect.stringContaining("a page in place of data (520)") },
  ]);
  expect(row.last_candle_age_seconds).toBeLessThan(600);
  expect(Math.abs(row.clock_skew_seconds)).toBeLessThan(60);
});

test("GET /health names the venues of live tournaments, with the weight that Binance counts and the skew of its clock", async () => {
  const { id } = (await make({ market: "binance", symbols: ["BTC-USDT"] })).body;
  await api.db.query("update tournaments set status = 'live' where id = $1", [id]);
  const dueMs = Math.floor(Date.now() / 60_000) * 60_000;
  await desks.get("binance")?.candles({ symbols: ["BTC-USDT"], intervalSeconds: 60, dueMs });
  const { venues } = (await api.see("/health")).body;
  expect(venues).toEqual([
    { market: "binance", status: "ok", blocked_until: null, clock_skew_seconds: expect.any(Number), used_weight: 21 },
  ]);
  await api.db.query("delete from tournaments where id = $1", [id]);
});

test("the symbols of a venue are listed in pages, searched, and read from the venue where nobody did yet", async () => {
  const first = (await api.see("/markets/kraken/symbols?limit=2")).body;
  expect(first.items).toEqual([
    { symbol: "BTC-USD", status: "online", tradable: true },
    { symbol: "BTC-USDT", status: "online", tradable: true },
  ]);
  const next = (await api.see(`/markets/kraken/symbols?limit=2&cursor=${first.next_cursor}`)).body;
  expect(next.items[0].symbol).toBe("DOGE-USD");
  expect(
    (await api.see("/markets/kraken/symbols?q=eth")).body.items.map(({ symbol }: { symbol: string }) => symbol),
  ).toEqual(["ETH-BTC", "ETH-USD"]);
  expect(await api.see("/markets/nasdaq/symbols")).toMatchObject({ status: 404 });
  played.coinbase.trick(/products/, () => html(503));
  expect(await api.see("/markets/coinbase/symbols")).toMatchObject({
    status: 503,
    body: { code: "market.unreachable" },
  });
});

test("three kinds of trouble are three reasons on /errors", async () => {
  const answers = [html(520), html(200), { status: 404, body: { error: ["EGeneral:Unknown method"] } }];
  await make({});
  played.kraken.trick(/Ticker/, () => answers.shift() ?? html(520));
  for (let n = 0; n < 3; n++) await desks.get("kraken")?.quotes({ symbols: ["BTC-USD"], quoteMs: n });
  const groups = (await api.get("/errors")).body.items;
  expect(new Set(groups.map(({ signature }: { signature: string }) => signature)).size).toBe(3);
  for (const group of groups) expect(group).toMatchObject({ code: "market.stale", count: 1, task_ids: [] });
});

test("what the page of a new tournament sends is taken, and begins with a candle", async () => {
  const draft = {
    ...firstDraft(new Date(), "Europe/Berlin"),
    name: "By the page",
    market: "kraken" as const,
    venueSymbols: ["BTC-USD"],
    fallbacks: ["coinbase" as const],
  };
  const sent = bodyOf(draft, [], new Date(), "Europe/Berlin");
  const answer = await api.post("/tournaments?dry_run=true", sent);
  expect(answer).toMatchObject({ status: 200, body: { times: { market_clock: 1 } } });
  expect(Date.parse(sent.starts_at) % 60_000).toBe(0);
});
