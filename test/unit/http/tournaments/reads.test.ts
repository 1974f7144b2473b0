import { afterAll, beforeAll, expect, test } from "vitest";
import { errorCodes } from "../../../../src/core/error-codes.ts";
import { sharpe } from "../../../../src/core/metrics.ts";
import { createApp } from "../../../../src/http/app.ts";
import { closeTestServer } from "../../../support/database.ts";
import { type Api, NOWHERE, openApi } from "../../../support/http-app.ts";
import { buildFixture, type Fixture, storeFixture } from "../../../support/ledger/fixture.ts";

let api: Api;
const done: Fixture = buildFixture({ index: 0 });
const open: Fixture = buildFixture({ index: 1, last: "open" });
const half: Fixture = buildFixture({ index: 2, last: "half_settled" });
beforeAll(async () => {
  api = await openApi();
  for (const fixture of [done, open, half]) await storeFixture(api.db.query, fixture);
});
afterAll(async () => {
  await api.db.close();
  await closeTestServer();
});

// biome-ignore lint/suspicious/noExplicitAny: items of several lists
type Item = any;
const items = async (path: string): Promise<Item[]> => (await api.see(path)).body.items;
const board = (fixture: Fixture) => items(`/tournaments/${fixture.tournamentId}/leaderboard`);
const rows = (fixture: Fixture, table: string) => fixture.tables.get(table) ?? [];
const agentOf = (fixture: Fixture, name: string) => rows(fixture, "agents").find((agent) => agent.name === name)?.id;
const plain = (money: unknown) => String(money).replace(/\.?0+$/, "");

test("a leaderboard shows every entry by equity, baselines in place without a rank", async () => {
  const places = await board(done);
  expect(places).toHaveLength(done.members.length);
  const equities = places.map((place) => Number(place.equity));
  expect(equities).toEqual([...equities].sort((a, b) => b - a));
  for (const place of places) {
    expect(Object.keys(place)).toEqual(
      (
        "rank rank_change agent_id agent baseline status equity return max_drawdown sharpe rounds market_days trades fees " +
        "profit realized_profit win_rate closed_trades biggest_win biggest_loss"
      ).split(" "),
    );
    const member = done.members.find(({ name }) => name === place.agent);
    const points = rows(done, "equity_points").filter((point) => point.entry_id === member?.id);
    const last = points.find((point) => point.round === 8);
    expect(place.trades).toBe(member?.trades);
    if (!last) continue;
    expect(place.equity).toBe(plain(last.equity));
    expect(place.rank).toBe(last.rank);
    expect(place.baseline).toBe(last.rank === null);
    const before = points.find((point) => point.round === 7)?.rank;
    expect(place.rank_change).toBe(last.rank === null ? null : Number(before) - Number(last.rank));
    expect(place.return).toBeCloseTo(Number(place.equity) / 500 - 1, 12);
    expect(place.max_drawdown).toBe(last.max_drawdown);
    const equitiesOf = [500, ...points.map((point) => Number(point.equity))];
    const returns = equitiesOf.slice(1).map((equity, i) => equity / (equitiesOf[i] ?? 1) - 1);
    const expected = sharpe(returns, (365 * 86_400) / 300);
    if (Number.isFinite(expected)) expect(place.sharpe).toBeCloseTo(expected, 6);
    else expect(place.sharpe).toBeNull();
  }
});

test("a leaderboard's pages hold every entry once, ties included", async () => {
  const whole = (await board(done)).map((place) => place.agent);
  const seen: string[] = [];
  let cursor = "";
  do {
    const { body } = await api.see(
      `/tournaments/${done.tournamentId}/leaderboard?limit=3${cursor && `&cursor=${cursor}`}`,
    );
    seen.push(...body.items.map((item: Item) => item.agent));
    cursor = body.next_cursor ?? "";
  } while (cursor);
  expect(seen).toEqual(whole);
});

test("before the first settled round everyone has the starting cash and shares the first place", async () => {
  const agents = [await api.agent(), await api.agent()];
  const cash = await api.agent({ strategy_type: "baseline", strategy: "cash" });
  const { id } = await api.tournament({ agent_ids: [...agents, cash], starting_cash: "750" });
  const places = await items(`/tournaments/${id}/leaderboard`);
  expect(places.map((place) => [place.equity, place.return, place.max_drawdown, place.sharpe])).toEqual(
    Array(3).fill(["750", 0, 0, null]),
  );
  expect(places.map((place) => place.rank).sort()).toEqual([1, 1, null]);
  expect((await api.see(`/agents/${agents[0]}/stats?tournament_id=${id}`)).body).toMatchObject({
    equity: "750",
    rank: 1,
  });
});

test("standings that were marked after the last settled round are shown, older ones are not", async () => {
  const { tournamentId, members } = half;
  const [first, second] = members;
  await api.db.query("update rounds set settled_at = agonus_now() where tournament_id = $1 and state = 'settled'", [
    tournamentId,
  ]);
  const mark = (minutes: number) =>
    api.db.query(
      `insert into standings (entry_id, tournament_id, rank, equity, marked_at)
       select id, tournament_id, case when id = $2 then 1 else 2 end, case when id = $2 then 9999 else 1 end,
         agonus_now() + make_interval(mins => $3) from entries where id in ($2, $4) and tournament_id = $1
       on conflict (entry_id) do update set marked_at = excluded.marked_at`,
      [tournamentId, first?.id, minutes, second?.id],
    );
  await mark(-5);
  expect((await board(half)).map((place) => place.equity)).not.toContain("9999");
  await mark(5);
  const [top] = await board(half);
  expect(top).toMatchObject({ agent: first?.name, equity: "9999", rank: 1 });
  const agent = agentOf(half, first?.name ?? "");
  const { body } = await api.see(`/agents/${agent}/stats?tournament_id=${tournamentId}`);
  expect(body).toMatchObject({ equity: "9999", rank: 1, return: 9999 / 500 - 1 });
});

test("stats are the leaderboard's figures, with the sums of closed trades", async () => {
  for (const place of await board(done)) {
    const member = done.members.find(({ name }) => name === place.agent);
    const { body } = await api.see(`/agents/${place.agent_id}/stats?tournament_id=${done.tournamentId}`);
    const { equity, rank, max_drawdown, sharpe: ratio, trades, fees } = place;
    expect(body).toMatchObject({ equity, rank, max_drawdown, sharpe: ratio, trades, fees, return: place.return });
    expect(body).toMatchObject({ closed_trades: member?.closed, since: expect.any(String) });
    expect(body.win_rate).toBe(member?.closed ? member.winning / member.closed : null);
  }
});

test("rounds are listed newest first with their states and times; infinity is null", async () => {
  const rounds = await items(`/tournaments/${done.tournamentId}/rounds`);
  expect(rounds.map((round) => round.number)).toEqual([8, 7, 6, 5, 4, 3, 2, 1, 0]);
  expect(rounds[4]).toMatchObject({ state: "skipped", skip_reason: "outage" });
  expect(rounds[0]).toMatchObject({ state: "settled", deadline_at: null, due_at: "2026-07-15T00:40:00.000Z" });
  const page = (await api.see(`/tournaments/${done.tournamentId}/rounds?limit=4`)).body;
  const next = await items(`/tournaments/${done.tournamentId}/rounds?limit=4&cursor=${page.next_cursor}`);
  expect(next.map((round) => round.number)).toEqual([4, 3, 2, 1]);
});

test("a settled round shows its snapshot, its decisions, its fill prices and the entries that missed it", async () => {
  const { status, body } = await api.see(`/tournaments/${done.tournamentId}/rounds/2`);
  expect(status).toBe(200);
  expect(body).toMatchObject({ number: 2, state: "settled", hidden: false, snapshot: { hash: "0" } });
  expect(Object.keys(body.quote).sort()).toEqual(["BTC-USDT", "DOGE-USDT", "ETH-USDT"]);
  expect(body.quote["BTC-USDT"].mid).toMatch(/^\d+(\.\d*[1-9])?$/);
  expect(body.counts.decided + body.counts.missed).toBe(body.participants);
  expect(body.decisions).toHaveLength(body.counts.decided);
  expect(body.missed).toEqual([expect.objectContaining({ agent: "Idle", reason: expect.any(String) })]);
  const orders = body.decisions.flatMap((decision: Item) => decision.orders);
  expect(orders.length).toBeGreaterThan(0);
  for (const order of orders) {
    expect(order.amount).toMatch(/^\d+(\.\d*[1-9])?$/);
    expect(order.state === "filled").toBe(order.fill !== null);
    expect(order.state === "refused").toBe(order.code !== null);
  }
  expect(body.decisions[0]).toMatchObject({
    ...{ reasoning: "because", confidence: 0.5, decided_at: expect.any(String), door: "house" },
  });
  const agent = agentOf(done, "Bold");
  const own = (await api.see(`/tournaments/${done.tournamentId}/rounds/2?agent_id=${agent}`)).body;
  expect(own.decisions.map((decision: Item) => decision.agent)).toEqual(["Bold"]);
  expect(own.missed).toEqual([]);
});

test("an open round's decisions, reasoning and memory are for operators alone until it closes", async () => {
  const { tournamentId } = open;
  const bold = open.members.find(({ name }) => name === "Bold");
  const agent = agentOf(open, "Bold");
  const secret = "the secret of the open round";
  await api.db.query(
    `update decision_details set reasoning = $2 where round_id = (select id from rounds where tournament_id = $1 and state = 'open')`,
    [tournamentId, secret],
  );
  await api.db.query("insert into memories (entry_id, notes, round) values ($1, $2::jsonb, 8)", [
    bold?.id,
    JSON.stringify({ plan: secret }),
  ]);
  const paths = [
    `/tournaments/${tournamentId}/rounds/8`,
    `/agents/${agent}/memory?tournament_id=${tournamentId}`,
    `/agents/${agent}/state?tournament_id=${tournamentId}`,
  ];
  const seen = await Promise.all(paths.map(api.see));
  for (const { body } of seen) expect(JSON.stringify(body)).not.toMatch(/secret|thinking/);
  expect(seen[0]?.body).toMatchObject({ hidden: true, decisions: [], missed: [] });
  expect(seen[0]?.body.counts).toEqual({ decided: expect.any(Number) });
  expect(seen[1]?.body).toMatchObject({ last_decision: { round: 7 }, notes: { notes: null, round: 8, hidden: true } });
  expect(seen[2]?.body).toMatchObject({ live: null, live_hidden: true, last_decision: { round: 7 } });

  const [round, memory, state] = await Promise.all(paths.map((path) => api.get(path)));
  expect(round?.body.decisions.length).toBeGreaterThan(0);
  expect(round?.body).toMatchObject({ hidden: false, quote: null });
  expect(memory?.body).toMatchObject({
    last_decision: { round: 8, reasoning: secret },
    notes: { notes: { plan: secret } },
  });
  expect(state?.body.live).toEqual({ entry_id: bold?.id, thinking: "of the open round" });

  await api.db.query(
    "update rounds set state = 'closed', closed_at = agonus_now() where tournament_id = $1 and state = 'open'",
    [tournamentId],
  );
  for (const path of paths.slice(0, 2)) expect(JSON.stringify((await api.see(path)).body)).toContain(secret);
});

test("state is the stored account, with the state that the object holds", async () => {
  const bold = done.members.find(({ name }) => name === "Bold");
  const path = `/agents/${agentOf(done, "Bold")}/state?tournament_id=${done.tournamentId}`;
  const { body } = await api.see(path);
  const stored = rows(done, "entries").find((entry) => entry.id === bold?.id);
  expect(body).toMatchObject({
    entry_id: bold?.id,
    version: stored?.version,
    recoveries: stored?.recoveries,
    cash: plain(stored?.cash),
    live: { entry_id: bold?.id },
  });
  const held = rows(done, "positions").filter((position) => position.entry_id === bold?.id);
  expect(body.positions).toEqual(Object.fromEntries(held.map((p) => [p.symbol, plain(p.quantity)])));
  const lost = await openApi({ query: api.db.query, liveState: async () => Promise.reject(new Error("reset")) });
  expect((await lost.see(path)).body).toMatchObject({ live: null, version: stored?.version });
  await lost.db.close();
});

test("memory is the last five trades and the first 500 characters of the last decision", async () => {
  const agent = agentOf(done, "Bold");
  const bold = done.members.find(({ name }) => name === "Bold");
  await api.db.query(
    `update decision_details d set reasoning = repeat('x', 600) from rounds r
     where r.id = d.round_id and r.tournament_id = $1 and r.number = 8 and d.entry_id = $2`,
    [done.tournamentId, bold?.id],
  );
  await api.db.query(
    "update decisions d set decided_at = r.due_at from rounds r where r.id = d.round_id and r.tournament_id = $1",
    [done.tournamentId],
  );
  const { body } = await api.see(`/agents/${agent}/memory?tournament_id=${done.tournamentId}`);
  const trades = rows(done, "trades").filter((trade) => trade.entry_id === bold?.id);
  expect(body.last_trades).toHaveLength(Math.min(5, trades.length));
  expect(body.last_trades[0].quantity).toBe(plain(trades.at(-1)?.quantity));
  expect(body.last_decision).toMatchObject({ round: 8, reasoning: "x".repeat(500) });
  expect(body.notes).toBeNull();
});

test("trades are listed newest first: all, by tournament, by agent", async () => {
  const all = await items("/trades?limit=100");
  expect(all.map((trade) => trade.id)).toEqual(
    all
      .map((trade) => trade.id)
      .sort()
      .reverse(),
  );
  const ofDone = rows(done, "trades");
  const byTournament = await items(`/tournaments/${done.tournamentId}/trades?limit=100`);
  expect(byTournament).toHaveLength(ofDone.length);
  expect(await items(`/trades?limit=100&tournament_id=${done.tournamentId}`)).toEqual(byTournament);
  const bold = done.members.find(({ name }) => name === "Bold");
  const agent = agentOf(done, "Bold");
  const own = await items(`/agents/${agent}/trades?limit=100&tournament_id=${done.tournamentId}`);
  expect(own).toHaveLength(ofDone.filter((trade) => trade.entry_id === bold?.id).length);
  expect(await items(`/trades?limit=100&agent_id=${agent}`)).toEqual(own);
  const [newest] = byTournament;
  const row = ofDone.find((trade) => trade.id === newest.id);
  expect(newest).toEqual({
    id: row?.id,
    tournament_id: done.tournamentId,
    round: expect.any(Number),
    agent_id: expect.any(String),
    agent: done.members.find((member) => member.id === row?.entry_id)?.name,
    seq: row?.seq,
    side: row?.side,
    symbol: row?.symbol,
    quantity: plain(row?.quantity),
    price: plain(row?.price),
    fee: plain(row?.fee),
    cash_change: plain(row?.cash_change),
    realized_profit: row?.realized_profit === null ? null : plain(row?.realized_profit),
    filled_at: expect.any(String),
  });
});

test("a replay's price is the mid of its last quoted round", async () => {
  const prices = await items(`/prices?tournament_id=${half.tournamentId}`);
  const quotes = rows(half, "quotes").filter((quote) => quote.round_id === rows(half, "rounds").at(-1)?.id);
  expect(prices.map(({ symbol, price }) => [symbol, price])).toEqual(
    quotes.map((quote) => [quote.symbol, plain(quote.mid)]).sort(),
  );
  expect(prices[0].at).toBe("2026-07-15T00:40:00.000Z");
});

test("a synthetic price is the open of the newest opened candle, and shows nothing of later candles", async () => {
  const { id, candle_source } = await api.tournament({ symbols: ["XRP-USDT"] });
  await api.db.query(
    `insert into candles (source_id, symbol, open_at, open, high, low, close, volume)
     select $1, 'XRP-USDT', agonus_now() + make_interval(secs => 60 * n), 2.50 + n, 9, 0.1, 8, 1 from generate_series(-1, 1) n`,
    [candle_source],
  );
  expect(await items(`/prices?tournament_id=${id}`)).toMatchObject([{ symbol: "XRP-USDT", price: "2.5" }]);
});

test("without a tournament the prices are those of the live ones, each symbol once", async () => {
  const prices = await items("/prices");
  expect(prices.map((price) => price.symbol)).toEqual(["BTC-USDT", "DOGE-USDT", "ETH-USDT"]);
  const { body } = await api.see("/prices?limit=2");
  expect((await items(`/prices?limit=2&cursor=${body.next_cursor}`)).map((price) => price.symbol)).toEqual([
    "ETH-USDT",
  ]);
});

test("a feed is asked for where the tournament is, from the address that the edge names", async () => {
  const cup = await api.tournament();
  const asked: unknown[] = [];
  let full = "";
  const web = {
    ...api.deps.web,
    watch: async (id: string, who: unknown) => {
      asked.push([id, who]);
      return new Response(null, full === "" ? { status: 204 } : { status: 429, headers: { "x-agonus-full": full } });
    },
  };
  const app = (environment: string) => createApp(() => ({ ...api.deps, environment, web }));
  const headers = { upgrade: "websocket", "cf-connecting-ip": "203.0.113.7" };
  const missing = await app("production").request(`/tournaments/${NOWHERE}/feed`, { headers });
  expect([missing.status, asked]).toEqual([404, []]);
  await app("production").request(`/tournaments/${cup.id}/feed?resume=a.1`, { headers });
  await app("local").request(`/tournaments/${cup.id}/feed`, { headers });
  expect(asked).toEqual([
    [cup.id, { resume: "a.1", address: "203.0.113.7" }],
    [cup.id, { resume: null, address: null }],
  ]);
  for (const [what, code] of [
    ["address", "feed.address_full"],
    ["tournament", "feed.full"],
  ] as const) {
    full = what;
    const answer = await app("production").request(`/tournaments/${cup.id}/feed`, { headers });
    expect([answer.status, answer.headers.get("retry-after"), (await answer.json()) as object]).toMatchObject([
      429,
      "60",
      { code, detail: errorCodes[code].sentence },
    ]);
  }
});
