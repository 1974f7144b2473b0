import { afterAll, beforeAll, expect, test } from "vitest";
import { createSyntheticSource, importCandles } from "../../../../src/markets/create-source.ts";
import { joinEntries } from "../../../../src/rounds/join.ts";
import { importedCandles } from "../../../support/candles/imported.ts";
import { closeTestServer } from "../../../support/database.ts";
import { type Api, NOWHERE, openApi, tournamentBody } from "../../../support/http-app.ts";

let api: Api;
beforeAll(async () => {
  api = await openApi();
});
afterAll(async () => {
  await api.db.close();
  await closeTestServer();
});

const round = (tournamentId: string, number: number, state: string) =>
  api.db.query(
    `insert into rounds (id, tournament_id, number, state, due_at, deadline_at, participants, skip_reason)
     values ($1, $2, $3, $4::text, agonus_now(), 'infinity', 1, case when $4 = 'skipped' then 'outage' end)`,
    [api.deps.newId(), tournamentId, number, state],
  );
const entriesOf = async (id: string) => (await api.get(`/tournaments/${id}/agents`)).body.items;

test("the creation makes everything: defaults, candles and entries, and wakes the Arena", async () => {
  const agents = [await api.agent({ name: "Whole A" }), await api.agent({ name: "Whole B", strategy_type: "value" })];
  const { status, headers, body } = await api.post("/tournaments", tournamentBody({ agent_ids: agents }));
  expect(status).toBe(201);
  expect(headers.get("location")).toBe(`/tournaments/${body.id}`);
  expect(body).toMatchObject({
    name: "Cup",
    status: "upcoming",
    market: "synthetic",
    symbols: ["BTC-USDT", "ETH-USDT"],
    starting_cash: "500",
    prize_pool: "0",
    rules: { fee_bps: "10", half_spread_bps: "2", slippage_bps: "3", min_order: "1", seed: "1" },
    entries: 2,
    rounds: 60,
    current_round: null,
    winner: null,
    candle_source: `synthetic:${body.id}`,
  });
  expect((await api.get(`/tournaments/${body.id}`)).body).toEqual(body);
  expect(api.woken).toContain(body.id);
  const [source] = await api.db.query(
    "select symbols, interval_seconds, first_open_at from candle_sources where id = $1",
    [body.candle_source],
  );
  const firstOpenAt = new Date(Date.parse(body.starts_at) - 120 * 60_000).toISOString();
  expect(source).toEqual({ symbols: body.symbols, interval_seconds: 60, first_open_at: firstOpenAt });
});

test("times with another zone come back in UTC, money without trailing zeros", async () => {
  const body = await api.tournament({
    starts_at: "2027-03-01T12:00:00.5+02:00",
    ends_at: "2027-03-01T11:00:00Z",
    starting_cash: "1000.50000",
    prize_pool: "10.00",
  });
  expect(body).toMatchObject({ starts_at: "2027-03-01T10:00:00.500Z", starting_cash: "1000.5", prize_pool: "10" });
});

test("equal replays have equal hashes, and every frozen thing changes it", async () => {
  const id = "synthetic:of-equals";
  const symbols = ["BTC-USDT", "ETH-USDT"];
  await createSyntheticSource(api.db.query, { id, seed: "1", symbols, intervalSeconds: 60, firstOpenAt: T0 });
  await api.db.query("update candle_sources set last_open_at = first_open_at + interval '1 day' where id = $1", [id]);
  const times = { starts_at: "2025-06-01T04:00:00Z", ends_at: "2025-06-01T05:00:00Z" };
  const hash = async (fields: Record<string, unknown>) => {
    const rules = { candle_source: id, ...Object(fields.rules) };
    return (await api.tournament({ market: "replay", ...times, ...fields, rules })).rules_hash;
  };
  const first = await hash({ starting_cash: "500", name: "One" });
  expect(first).toMatch(/^[0-9a-f]{64}$/);
  expect(await hash({ starting_cash: "500.00", name: "Two", prize_pool: "7" })).toBe(first);
  // The hash of a house replay stays what it was before live markets had keys.
  expect(first).toBe("8da449cfc348476537491e92745c23c7fa344221f9939ee223b1ff9797cf59ff");
  await expectOtherHashes(first, hash, { interval_seconds: 120 }, { ends_at: "2025-06-01T05:00:01Z" });
});

test("live tournaments with equal settings differ in their markets, and so in their hashes", async () => {
  const hash = async (fields: Record<string, unknown>) => (await api.tournament({ ...times, ...fields })).rules_hash;
  const times = { starts_at: "2027-01-01T00:00:00Z", ends_at: "2027-01-01T02:00:00Z" };
  const first = await hash({});
  await expectOtherHashes(first, hash, {}, { interval_seconds: 61 }, { ends_at: "2027-01-01T02:00:01Z" });
});

async function expectOtherHashes(
  first: string,
  hash: (fields: Record<string, unknown>) => Promise<string>,
  ...more: Record<string, unknown>[]
): Promise<void> {
  const changes = [
    { starting_cash: "501" },
    { rules: { seed: "2" } },
    { rules: { fee_bps: 11 } },
    { symbols: ["ETH-USDT", "BTC-USDT"] },
    ...more,
  ];
  const hashes = new Set(await Promise.all(changes.map(hash)));
  expect(hashes.size).toBe(changes.length);
  expect(hashes).not.toContain(first);
}

test("the public doesn't learn a synthetic market's seed before the end, from which its prices follow", async () => {
  const { id } = await api.tournament({ rules: { seed: "hidden-seed" } });
  for (const path of [`/tournaments/${id}`, "/tournaments"]) {
    expect(JSON.stringify((await api.see(path)).body)).not.toContain("hidden-seed");
    expect(JSON.stringify((await api.get(path)).body)).toContain("hidden-seed");
  }
  await api.post(`/tournaments/${id}/cancel`);
  expect((await api.see(`/tournaments/${id}`)).body.rules.seed).toBe("hidden-seed");
});

test("an entry freezes its agent's settings: defaults, then strategy, then agent", async () => {
  const agentId = await api.agent({
    name: "Frozen",
    strategy_type: "conservative",
    risk_score: 0.33,
    config: { limits: { max_trades_per_round: 7 }, thinking_seconds: 5 },
  });
  const params = { symbol: "BTC-USDT" };
  const baseline = await api.agent({
    name: "Cash",
    strategy: "buy_and_hold",
    strategy_type: "baseline",
    config: { params },
  });
  const { id } = await api.tournament({ agent_ids: [agentId, baseline], starting_cash: "750" });
  await api.patch(`/agents/${baseline}`, { config: { params: { symbol: "ETH-USDT" } } });
  await api.patch(`/agents/${agentId}`, { name: "Renamed", config: {} });
  const [entry, cash] = await entriesOf(id);
  expect(entry).toMatchObject({
    agent: "Frozen",
    agent_id: agentId,
    strategy: "conservative",
    limits: { risk_score: "0.33", max_trades_per_round: 7, max_position_share: expect.any(String) },
    params: {},
    thinking_seconds: 5,
    cash: "750",
    first_round: 0,
    status: "active",
  });
  expect(cash).toMatchObject({ baseline: true, limits: null, params, thinking_seconds: null });
  const open = (await api.see(`/tournaments/${id}/agents`)).body.items[0];
  expect(Object.keys(open)).not.toEqual(expect.arrayContaining(["limits", "params"]));
});

test("two agents with the same name are refused, and nothing is written", async () => {
  const agents = [await api.agent({ name: "Twin" }), await api.agent({ name: "Twin" })];
  const before = await api.rowCounts();
  const answer = await api.post("/tournaments", tournamentBody({ agent_ids: agents }));
  expect(answer).toMatchObject({ status: 409, body: { errors: [{ path: "agent_ids.1" }] } });
  expect(await api.rowCounts()).toEqual(before);
});

test("joining says what became of each agent, and a repeat changes nothing", async () => {
  const { id } = await api.tournament();
  const [a, twin, archived] = [await api.agent({ name: "J" }), await api.agent({ name: "J" }), await api.agent()];
  await api.tournament({ agent_ids: [archived] });
  await api.call("DELETE", `/agents/${archived}`);
  const asked = [a, a, twin, archived, NOWHERE];
  const first = await joinEntries(api.deps, id, asked);
  const [winner, loser] = first.joined[0] === a ? [a, twin] : [twin, a];
  const rivals = [{ agent_id: loser, agent: "J", rival: "J" }];
  expect(first).toEqual({ joined: [winner], existing: [], unknown: [archived, NOWHERE], clashes: [loser], rivals });
  const before = await entriesOf(id);
  expect(await joinEntries(api.deps, id, asked)).toEqual({
    joined: [],
    existing: [winner],
    unknown: [archived, NOWHERE],
    clashes: [loser],
    rivals,
  });
  expect(await entriesOf(id)).toEqual(before);
});

test("more agents than one statement takes join in one call", async () => {
  const { id } = await api.tournament();
  await api.db.query(`insert into agents (id, name, strategy_type, strategy)
    select agonus_uuid_at(agonus_now() + make_interval(secs => n)), 'Crowd ' || n, 'value', 'value' from generate_series(1, 2100) n`);
  const rows = await api.db.query<{ id: string }>("select id from agents where name like 'Crowd %'");
  const { joined } = await joinEntries(
    api.deps,
    id,
    rows.map((row) => row.id),
  );
  expect(joined).toHaveLength(2100);
  await api.db.query("delete from entries where tournament_id = $1", [id]);
  await api.db.query("delete from agents where name like 'Crowd %'");
});

test("an agent that joins a live tournament takes part from its next round on", async () => {
  const { id } = await api.tournament({ agent_ids: [await api.agent()] });
  await api.post(`/tournaments/${id}/start`);
  await round(id, 0, "settled");
  await round(id, 1, "open");
  await joinEntries(api.deps, id, [await api.agent()]);
  expect((await entriesOf(id)).map((entry: { first_round: number }) => entry.first_round)).toEqual([0, 2]);
});

test("a round that opens during a join has the right count once the join is done", async () => {
  const { id } = await api.tournament({ agent_ids: [await api.agent()] });
  await api.post(`/tournaments/${id}/start`);
  await round(id, 0, "open");
  await api.db.query("update rounds set participants = 0 where tournament_id = $1", [id]);
  await joinEntries(api.deps, id, [await api.agent()]);
  expect(await api.db.query("select participants from rounds where tournament_id = $1", [id])).toEqual([
    { participants: 1 },
  ]);
});

test("no agent joins a tournament that has ended", async () => {
  const { id } = await api.tournament();
  await api.post(`/tournaments/${id}/cancel`);
  await expect(joinEntries(api.deps, id, [await api.agent()])).rejects.toMatchObject({
    code: "tournament.wrong_state",
  });
  await expect(joinEntries(api.deps, NOWHERE, [await api.agent()])).rejects.toMatchObject({
    code: "tournament.not_found",
  });
  const answer = await api.post(`/tournaments/${id}/initialize`, { agent_ids: [await api.agent()] });
  expect(answer).toMatchObject({ status: 409, body: { state: "cancelled" } });
});

test("initialize begins the task of that name", async () => {
  const { id } = await api.tournament();
  const agent_ids = [await api.agent()];
  const answer = await api.post(`/tournaments/${id}/initialize`, { agent_ids });
  expect(answer).toMatchObject({ status: 202, body: { status: "queued", task_id: expect.any(String) } });
  expect(answer.headers.get("location")).toBe(`/tasks/${answer.body.task_id}`);
  expect(api.enqueued.at(-1)).toMatchObject({
    name: "initialize_tournament_agents",
    args: { tournament_id: id, agent_ids },
  });
});

test("start, pause, resume and cancel each wake the Arena, and a repeat is a conflict", async () => {
  const { id } = await api.tournament({ agent_ids: [await api.agent()] });
  const steps = [
    ["start", "live", "started_at"],
    ["pause", "paused", "paused_at"],
    ["resume", "live", "resumed_at"],
    ["cancel", "cancelled", "ended_at"],
  ] as const;
  for (const [action, status, time] of steps) {
    api.woken.length = 0;
    const { body, status: http } = await api.post(`/tournaments/${id}/${action}`);
    expect([http, body.status, typeof body[time]]).toEqual([200, status, "string"]);
    expect(api.woken).toEqual([id]);
    const again = await api.post(`/tournaments/${id}/${action}`);
    expect(again).toMatchObject({ status: 409, body: { code: "tournament.wrong_state", state: status } });
  }
});

test("an Arena that can't be woken fails no request", async () => {
  const lame = await openApi({ wakeArena: async () => Promise.reject(new Error("no object")) });
  const { id } = await lame.tournament({ agent_ids: [await lame.agent()] });
  expect((await lame.post(`/tournaments/${id}/start`)).status).toBe(200);
  expect(lame.logged).toContainEqual(expect.objectContaining({ event: "fault", where: "wake arena" }));
  await lame.db.close();
});

test("a tournament without entries doesn't start", async () => {
  const { id } = await api.tournament();
  const answer = await api.post(`/tournaments/${id}/start`);
  expect(answer).toMatchObject({
    status: 409,
    body: { state: "upcoming", detail: expect.stringContaining("no entries") },
  });
});

test("one of many concurrent starts succeeds", async () => {
  const { id } = await api.tournament({ agent_ids: [await api.agent()] });
  const answers = await Promise.all(Array.from({ length: 8 }, () => api.post(`/tournaments/${id}/start`)));
  expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array(7).fill(409)]);
});

test("cancelling skips the active round, drops its open orders and leaves filled ones", async () => {
  const { id } = await api.tournament({ agent_ids: [await api.agent()] });
  await api.post(`/tournaments/${id}/start`);
  await round(id, 0, "quoted");
  await api.db.query(
    `with d as (insert into decisions (round_id, entry_id, outcome, order_count, version, details_hash)
       select r.id, e.id, 'made', 2, 0, '0' from rounds r join entries e using (tournament_id) where tournament_id = $1 returning *)
     insert into orders (round_id, entry_id, seq, side, symbol, amount, state)
     select round_id, entry_id, x.seq, 'buy', 'BTC-USDT', 10, x.state from d, (values (0, 'filled'), (1, 'open')) x(seq, state)`,
    [id],
  );
  const [before] = await entriesOf(id);
  expect((await api.post(`/tournaments/${id}/cancel`)).body.current_round).toMatchObject({
    number: 0,
    state: "skipped",
  });
  const { body } = await api.see(`/tournaments/${id}/rounds/0`);
  expect(body).toMatchObject({ state: "skipped", skip_reason: "cancelled" });
  expect(body.decisions[0].orders.map((order: { state: string }) => order.state)).toEqual(["filled", "dropped"]);
  expect((await entriesOf(id))[0].version).toBe(before.version + 1);
});

test("settled rounds stay settled when a tournament is cancelled", async () => {
  const { id } = await api.tournament({ agent_ids: [await api.agent()] });
  await api.post(`/tournaments/${id}/start`);
  await round(id, 0, "settled");
  await api.post(`/tournaments/${id}/cancel`);
  expect((await api.see(`/tournaments/${id}/rounds`)).body.items[0].state).toBe("settled");
});

test("an upcoming tournament changes whole: candles, hash and its entries' cash", async () => {
  const before = await api.tournament({ agent_ids: [await api.agent()] });
  const change = {
    name: "New name",
    symbols: ["SOL-USDT"],
    interval_seconds: 30,
    starting_cash: "900",
    rules: { fee_bps: 5 },
  };
  const { status, body } = await api.patch(`/tournaments/${before.id}`, change);
  expect(status).toBe(200);
  expect(body).toMatchObject({ ...change, rules: { ...before.rules, fee_bps: "5" }, starts_at: before.starts_at });
  expect(body.rules_hash).not.toBe(before.rules_hash);
  expect((await entriesOf(before.id))[0].cash).toBe("900");
  const sources = await api.db.query("select id, symbols from candle_sources where id in ($1, $2)", [
    before.candle_source,
    body.candle_source,
  ]);
  expect(sources).toEqual([{ id: body.candle_source, symbols: ["SOL-USDT"] }]);
});

test("a change that doesn't touch the market keeps its candles", async () => {
  const before = await api.tournament();
  const { body } = await api.patch(`/tournaments/${before.id}`, { rules: { fee_bps: 7 }, starting_cash: "1" });
  expect(body.candle_source).toBe(before.candle_source);
});

test("a change to what is there keeps the hash", async () => {
  const before = await api.tournament();
  const { starts_at, symbols, starting_cash } = before;
  const { body } = await api.patch(`/tournaments/${before.id}`, { starts_at, symbols, starting_cash });
  expect(body.rules_hash).toBe(before.rules_hash);
});

test("only the name and the prize pool of a live tournament can change", async () => {
  const before = await api.tournament({ agent_ids: [await api.agent()] });
  await api.post(`/tournaments/${before.id}/start`);
  const { body } = await api.patch(`/tournaments/${before.id}`, { name: "Grand Cup", prize_pool: "1000" });
  expect(body).toMatchObject({ name: "Grand Cup", prize_pool: "1000", rules_hash: before.rules_hash });
  for (const change of [{ rules: {} }, { symbols: ["BTC-USDT"] }, { starting_cash: "500" }, { interval_seconds: 60 }]) {
    const answer = await api.patch(`/tournaments/${before.id}`, { name: "No", ...change });
    expect(answer).toMatchObject({ status: 409, body: { code: "tournament.rules_frozen" } });
  }
  expect((await api.get(`/tournaments/${before.id}`)).body.name).toBe("Grand Cup");
});

test("a tournament without rounds is deleted with its entries and candles; one with rounds stays", async () => {
  const rows = await api.rowCounts();
  const { id } = await api.tournament();
  expect((await api.call("DELETE", `/tournaments/${id}`)).status).toBe(204);
  expect(await api.rowCounts()).toEqual(rows);
  expect((await api.see(`/tournaments/${id}`)).status).toBe(404);
  expect((await api.call("DELETE", `/tournaments/${id}`)).status).toBe(404);
  const agent = await api.agent();
  const kept = await api.tournament({ agent_ids: [agent] });
  await round(kept.id, 0, "skipped");
  const answer = await api.call("DELETE", `/tournaments/${kept.id}`);
  expect(answer).toMatchObject({ status: 409, body: { detail: expect.stringContaining("cancel it") } });
});

test("tournaments are listed newest first, and by status", async () => {
  const first = await api.tournament({ name: "Older" });
  const second = await api.tournament({ name: "Newer" });
  const { body } = await api.see("/tournaments?limit=2");
  expect(body.items.map((item: { id: string }) => item.id)).toEqual([second.id, first.id]);
  const cancelled = await api.see("/tournaments?status=cancelled");
  expect(new Set(cancelled.body.items.map((item: { status: string }) => item.status))).toEqual(new Set(["cancelled"]));
});

const T0 = Date.parse("2025-06-01T00:00:00Z");
const at = (candle: number) => new Date(T0 + candle * 300_000).toISOString();

test("a replay runs on the newest candles that have its symbols, and only within them", async () => {
  const symbols = ["BTC-USDT", "DOGE-USDT"];
  const candle = (openAt: number) => ({ openAt, open: "10", high: "12", low: "9", close: "11", volume: "1" });
  const rows = Array.from({ length: 300 }, (_, i) => candle(T0 + i * 300_000));
  const ofSymbol = Object.fromEntries(symbols.map((symbol) => [symbol, rows]));
  const source = await importCandles(api.db.query, importedCandles(ofSymbol, { contentHash: "ab".repeat(32) }));
  const replay = (fields: Record<string, unknown>) =>
    api.post("/tournaments", {
      ...tournamentBody(),
      market: "replay",
      symbols,
      interval_seconds: 300,
      starts_at: at(120),
      ends_at: at(300),
      ...fields,
    });
  const made = await replay({});
  expect(made).toMatchObject({ status: 201, body: { candle_source: source, rounds: 180 } });
  expect((await replay({ rules: { candle_source: source } })).body.candle_source).toBe(source);
  const refused: [Record<string, unknown>, string][] = [
    [{ symbols: ["BTC-USDT", "SOL-USDT"] }, "symbols"],
    [{ symbols: ["BTC-USDT", "SOL-USDT"], rules: { candle_source: source } }, "symbols.1"],
    [{ interval_seconds: 200 }, "interval_seconds"],
    [{ interval_seconds: 450 }, "interval_seconds"],
    [{ starts_at: at(119) }, "starts_at"],
    [{ starts_at: at(120.5) }, "starts_at"],
    [{ interval_seconds: 600, starts_at: at(239) }, "starts_at"],
    [{ ends_at: at(300.01) }, "ends_at"],
    [{ rules: { candle_source: `synthetic:${NOWHERE}` } }, "rules.candle_source"],
  ];
  for (const [fields, path] of refused) {
    const answer = await replay(fields);
    expect([fields, answer.status, answer.body.errors?.[0].path]).toEqual([fields, 422, path]);
  }
  expect((await replay({ interval_seconds: 600, starts_at: at(240) })).status).toBe(201);
  const prices = (await api.see(`/prices?tournament_id=${made.body.id}`)).body.items;
  expect(prices).toEqual(
    symbols.map((symbol) => ({ symbol, price: "11", at: at(120), source, tournament_id: made.body.id })),
  );
  const moved = await api.patch(`/tournaments/${made.body.id}`, { ends_at: at(200) });
  expect(moved.body).toMatchObject({ rounds: 80, candle_source: source });
  expect((await api.patch(`/tournaments/${made.body.id}`, { ends_at: at(301) })).status).toBe(422);
  await api.call("DELETE", `/tournaments/${made.body.id}`);
  expect(await api.db.query("select id from candle_sources where id = $1", [source])).toHaveLength(1);
});

test("candles that a replay named stay after its change, its failure and its deletion", async () => {
  const id = "synthetic:shared";
  const symbols = ["BTC-USDT"];
  await createSyntheticSource(api.db.query, { id, seed: "1", symbols, intervalSeconds: 60, firstOpenAt: T0 });
  await api.db.query("update candle_sources set last_open_at = first_open_at + interval '10 hours' where id = $1", [
    id,
  ]);
  const body = tournamentBody({
    market: "replay",
    symbols,
    starts_at: "2025-06-01T02:00:00Z",
    ends_at: "2025-06-01T03:00:00Z",
    rules: { candle_source: id },
  });
  const query: typeof api.db.query = async (text, params) => {
    if (text.includes("insert into tournaments")) throw new Error("the connection broke");
    return api.db.query(text, params);
  };
  const broken = await openApi({ query });
  expect((await broken.post("/tournaments", body)).status).toBe(500);
  await broken.db.close();
  const made = (await api.post("/tournaments", body)).body;
  expect(made.candle_source).toBe(id);
  expect((await api.patch(`/tournaments/${made.id}`, { ends_at: "2025-06-01T04:00:00Z" })).status).toBe(200);
  expect((await api.call("DELETE", `/tournaments/${made.id}`)).status).toBe(204);
  expect(await api.db.query("select id from candle_sources where id = $1", [id])).toHaveLength(1);
});

test("the feed of an unknown tournament is refused before any object is asked, so that none is made", async () => {
  const watched: string[] = [];
  const watch = async (id: string) => {
    watched.push(id);
    return new Response(null, { status: 204 });
  };
  const own = await openApi({ web: { file: async () => new Response(null, { status: 404 }), watch } });
  try {
    const feed = (id: string) => own.call("GET", `/tournaments/${id}/feed`, { headers: { upgrade: "websocket" } });
    for (const id of [NOWHERE, "nothing"]) {
      expect(await feed(id)).toMatchObject({ status: 404, body: { code: "tournament.not_found" } });
    }
    expect(watched).toEqual([]);
    const { id } = await own.tournament();
    await feed(id);
    expect(watched).toEqual([id]);
  } finally {
    await own.db.close();
  }
});
