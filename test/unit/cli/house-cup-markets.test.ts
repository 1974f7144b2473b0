/** Which tournament `npm start` keeps under way: on the market that was asked for, or on the synthetic one without a network. */
import { afterAll, afterEach, beforeEach, expect, test } from "vitest";
import type { z } from "zod";
import { type ApiClient, ApiRefusal } from "../../../src/cli/api-client.ts";
import type { StartMarket } from "../../../src/cli/start/args.ts";
import { ensureHouseCup, type HouseCup } from "../../../src/cli/start/house-cup.ts";
import type { FoundSymbol } from "../../../src/markets/venues/venue-desk.ts";
import { closeTestServer } from "../../support/database.ts";
import { type Answer, type Api, openApi } from "../../support/http-app.ts";

let api: Api;
let reachable = true;
let lines: string[] = [];
beforeEach(async () => {
  reachable = true;
  lines = [];
  const listed = (symbol: string): FoundSymbol => ({ symbol, status: "online", tradable: true, near: [] });
  api = await openApi({
    venue: () => ({
      find: async (symbols) =>
        reachable ? { found: symbols.map(listed), reason: null } : { found: null, reason: "it can't be reached" },
    }),
  });
});
afterEach(() => api.db.close());
afterAll(closeTestServer);

function client(): ApiClient {
  const read = <S extends z.ZodType>({ status, body }: Answer, schema: S): z.output<S> => {
    if (status >= 400) throw new ApiRefusal(status, body.code, body.detail);
    return schema.parse(body);
  };
  return {
    get: async (path, schema) => read(await api.get(path), schema),
    post: async (path, body, schema) => read(await api.post(path, body), schema),
  };
}

const start = (market: StartMarket | null, intervalSeconds: number | null = null): Promise<HouseCup> =>
  ensureHouseCup(client(), {
    market,
    mayCancel: true,
    intervalSeconds,
    defaultIntervalSeconds: 5,
    seed: "1",
    now: () => Date.now(),
    onLine: (line) => lines.push(line),
  });

test("on a venue it has the venue's pairs, a round a minute, and begins with a candle", async () => {
  const cup = await start("coinbase");
  expect(cup).toMatchObject({ market: "coinbase", interval_seconds: 60, status: "live", entries: 12 });
  const { body } = await api.see(`/tournaments/${cup.id}`);
  expect(body.symbols).toEqual(["BTC-USD", "ETH-USD", "SOL-USD"]);
  expect(Date.parse(body.starts_at) % 60_000).toBe(0);
  const held = await api.db.query<{ symbol: string }>(
    "select params->>'symbol' as symbol from entries where tournament_id = $1 and strategy = 'buy_and_hold' order by 1",
    [cup.id],
  );
  expect(held.map(({ symbol }) => symbol)).toEqual(["BTC-USD", "ETH-USD", "SOL-USD"]);
});

test("without a network it says so in a sentence, and goes on with the synthetic market", async () => {
  reachable = false;
  expect(await start("kraken")).toMatchObject({ market: "synthetic", interval_seconds: 5, status: "live" });
  expect(lines).toEqual([
    "Kraken can't be reached, so the house cup runs on the synthetic market. With a network, start again with --market kraken --yes.",
  ]);
});

test("another market ends the cup that was under way; without the flag it goes on where it was", async () => {
  const first = await start(null);
  const second = await start("binance");
  expect(second).toMatchObject({ market: "binance" });
  expect((await api.see(`/tournaments/${first.id}`)).body.status).toBe("cancelled");
  expect(lines.at(-1)).toContain("The house cup runs on synthetic, and not on binance.");
  expect(await start(null)).toMatchObject({ id: second.id });
  // A venue that is gone ends nothing.
  reachable = false;
  expect(await start("kraken")).toMatchObject({ id: second.id });
});
