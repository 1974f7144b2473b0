/** What agents can run, what their settings must be, and what came of them. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { strategies } from "../../../../src/strategies/registry.ts";
import type { Strategy } from "../../../../src/strategies/strategy.ts";
import { closeTestServer } from "../../../support/database.ts";
import { type Api, openApi } from "../../../support/http-app.ts";

let api: Api;
beforeAll(async () => {
  api = await openApi();
});
afterAll(async () => {
  await api.db.close();
  await closeTestServer();
});

test("parameters must be those of the strategy, at creation and after every change", async () => {
  const refused = (path: string, message: string) => ({ status: 422, body: { errors: [{ path, message }] } });
  const buyer = (config?: object) => api.post("/agents", { name: "Holder", strategy: "buy_and_hold", config });
  expect(await buyer()).toMatchObject(refused("config.params.symbol", "is required"));
  expect(await buyer({ params: { symbol: "btc" } })).toMatchObject(
    refused("config.params.symbol", 'must be a symbol such as "BTC-USDT"'),
  );
  expect(await buyer({ params: { symbol: "BTC-USDT", symbols: [] } })).toMatchObject(
    refused("config.params.symbols", "is not a field here"),
  );
  const { body: holder } = await buyer({ params: { symbol: "BTC-USDT" } });
  for (const [strategy, { limits }] of Object.entries<Strategy>(strategies)) {
    if (strategy === "buy_and_hold") continue;
    const answer = await api.post("/agents", { name: "Tuned", strategy, config: { params: { lookback: 5 } } });
    expect([strategy, limits !== null, answer]).toMatchObject([
      strategy,
      limits !== null,
      refused("config.params.lookback", "is not a field here"),
    ]);
  }

  const change = (id: string, body: object) => api.patch(`/agents/${id}`, body);
  expect(await change(holder.id, { config: {} })).toMatchObject(refused("config.params.symbol", "is required"));
  expect(await change(holder.id, { strategy: "cash" })).toMatchObject(
    refused("config.params.symbol", "is not a field here"),
  );
  expect((await change(holder.id, { name: "Renamed" })).status).toBe(200);
  expect((await change(holder.id, { strategy: "cash", config: {} })).body).toMatchObject({ strategy: "cash" });
  expect(await change(holder.id, { strategy: "buy_and_hold" })).toMatchObject(
    refused("config.params.symbol", "is required"),
  );
});

test("a list of all strategies has what an agent can set, and every one makes an agent", async () => {
  const { items, next_cursor } = (await api.see("/strategies")).body;
  expect(next_cursor).toBeNull();
  expect(items.map(({ strategy }: { strategy: string }) => strategy)).toEqual(Object.keys(strategies));
  for (const { strategy, strategy_type, description, limits, params } of items) {
    expect(description.length).toBeGreaterThan(20);
    expect(limits === null).toBe(strategy_type === "baseline");
    const needs = (params.required ?? []).map((name: string) => [name, "BTC-USDT"]);
    const id = await api.agent({ strategy, strategy_type, config: { params: Object.fromEntries(needs) } });
    const { id: cup } = await api.tournament({ agent_ids: [id] });
    const entry = await api.db.query("select limits from entries where tournament_id = $1", [cup]);
    expect([strategy, entry]).toEqual([strategy, [{ limits }]]);
  }
  const [holder] = items.filter(({ strategy }: { strategy: string }) => strategy === "buy_and_hold");
  expect(holder.params.properties.symbol).toMatchObject({ type: "string", description: expect.any(String) });
});

test("with results, the list says in how many tournaments an agent played, its best and its last result", async () => {
  const fresh = await api.agent({ name: "Fresh" });
  const id = await api.agent({ name: "Veteran" });
  const cups: string[] = [];
  for (const name of ["First", "Second", "Third"]) cups.push((await api.tournament({ name, agent_ids: [id] })).id);
  await api.post(`/tournaments/${cups[0]}/start`);
  for (const [cup, equities] of [
    [cups[0], ["510", "600"]],
    [cups[1], ["450.00000001"]],
  ] as const) {
    for (const [number, equity] of equities.entries()) {
      await api.db.query(
        `with r as (insert into rounds (id, tournament_id, number, state, due_at, deadline_at, settled_at)
           values (gen_random_uuid(), $1, $2, 'settled', agonus_now(), agonus_now(), agonus_now()) returning number)
         insert into equity_points (tournament_id, round, entry_id, equity, rank, peak, max_drawdown, returns_count, returns_mean, returns_m2)
         select $1, r.number, e.id, $3, 1, 500, 0, 0, 0, 0 from r, entries e where e.tournament_id = $1`,
        [cup, number, equity],
      );
    }
  }
  const { items } = (await api.see("/agents?results=true&limit=2")).body;
  expect(items.map((item: { results: unknown }) => item.results)).toEqual([
    {
      tournaments: 3,
      live: 1,
      best_return: expect.closeTo(0.2, 10),
      last: { tournament_id: cups[2], tournament: "Third", status: "upcoming", return: null, rank: null },
      last_decided_at: null,
    },
    { tournaments: 0, live: 0, best_return: null, last: null, last_decided_at: null },
  ]);
  expect((await api.see(`/agents?q=${fresh}`)).body.items[0]).not.toHaveProperty("results");
  const entries = (await api.see(`/agents/${id}/entries`)).body.items;
  expect(entries.map((entry: { tournament: string; return: number }) => [entry.tournament, entry.return])).toEqual([
    ["First", expect.closeTo(0.2, 10)],
    ["Third", null],
    ["Second", expect.closeTo(-0.1, 7)],
  ]);
});
