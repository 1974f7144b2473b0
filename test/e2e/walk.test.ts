import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { makeFolder, processesOf, removeFolder, withDatabase } from "../support/e2e/data-folder.ts";
import { type Asked, ask, eventually, type Live, roundsOf, startLive, wholeRounds } from "../support/e2e/live-stack.ts";
import { walkTheEngine } from "./engine-walk.ts";

const INTERVAL_SECONDS = 8;
const NOWHERE = "0190a1b2-0000-7000-8000-000000000000";

let folder = "";
let data = "";
let live: Live;
beforeAll(async () => {
  folder = makeFolder();
  data = join(folder, "live");
  // The house cup rests for an hour: this walk is about a tournament of one's own.
  live = await startLive(data, ["--interval", "1h"]);
});
afterAll(async () => {
  const { code } = await live.command.interrupt();
  const left = processesOf(folder).length;
  await removeFolder(folder);
  expect({ code, left }).toEqual({ code: 0, left: 0 });
});

const get = (path: string) => ask(live, "GET", path);
const post = (path: string, body: unknown = {}) => ask(live, "POST", path, { body });
const ahead = (seconds: number) => new Date(Math.ceil(Date.now() / 1000 + seconds) * 1000).toISOString();
const cupBody = (fields: object = {}) => ({
  name: "Walk",
  market: "synthetic",
  symbols: ["BTC-USDT", "ETH-USDT"],
  starts_at: ahead(5),
  ends_at: ahead(3_605),
  interval_seconds: INTERVAL_SECONDS,
  starting_cash: "500",
  agent_ids: agentIds.slice(0, 2),
  ...fields,
});

/** Queues by `path`, and waits for the end. */
async function work(path: string, body?: unknown) {
  const begun = await post(path, body);
  expect(begun).toMatchObject({ status: 202, body: { status: "queued" } });
  const { status, body: task } = await get(`/tasks/${begun.body.task_id}?wait=30`);
  expect(status).toBe(200);
  return task;
}
const roundIs = (...states: string[]) =>
  eventually(`a round that is ${states}`, async () => {
    const { current_round: round } = (await get(cup)).body;
    return round !== null && states.includes(round.state);
  });

const agentIds: string[] = [];
let cup = "";

test("agents are made, read, changed and listed", async () => {
  for (const [name, fields] of [
    ["Ann", { strategy_type: "momentum" }],
    ["Holder", { strategy: "buy_and_hold", strategy_type: "baseline", config: { params: { symbol: "BTC-USDT" } } }],
    ["Ben", { strategy_type: "conservative" }],
  ] as const) {
    const made = await post("/agents", { name, ...fields });
    expect(made, JSON.stringify(made.body)).toMatchObject({ status: 201, body: { name } });
    agentIds.push(made.body.id);
  }
  const [ann] = agentIds;
  expect(await ask(live, "PATCH", `/agents/${ann}`, { body: { personality: "Quick" } })).toMatchObject({ status: 200 });
  expect((await ask(live, "GET", `/agents/${ann}`, { key: null })).body).toMatchObject({ personality: "Quick" });
  expect((await get("/agents?q=Ann")).body.items.map(({ id }: { id: string }) => id)).toEqual([ann]);
  expect(await get(`/agents/${ann}/stats`)).toMatchObject({ status: 422, body: { code: "agent.no_live_entry" } });
});

test("a tournament is made with its agents, changed, joined by a task, and started", async () => {
  const made = await post("/tournaments", cupBody());
  expect(made, JSON.stringify(made.body)).toMatchObject({ status: 201, body: { status: "upcoming", entries: 2 } });
  cup = `/tournaments/${made.body.id}`;
  expect((await ask(live, "PATCH", cup, { body: { name: "A walk" } })).body).toMatchObject({ name: "A walk" });
  expect(await work(`${cup}/initialize`, { agent_ids: agentIds })).toMatchObject({
    name: "initialize_tournament_agents",
    state: "SUCCESS",
  });
  expect((await get(`${cup}/agents`)).body.items).toHaveLength(3);
  expect([200, 409]).toContain((await post(`${cup}/start`)).status);
  expect((await get(cup)).body.status).toBe("live");
  expect(await ask(live, "PATCH", cup, { body: { interval_seconds: 60 } })).toMatchObject({ status: 409 });
});

test("what its rounds did is read by every path", async () => {
  await wholeRounds(live, 1, cup.slice(13));
  const [ann, holder] = agentIds;
  const board = await ask(live, "GET", `${cup}/leaderboard`, { key: null });
  expect(board.body.items).toHaveLength(3);
  // The others may have traded before, as the market went.
  const trade = await eventually("the holder's trade", async () => {
    const { items } = (await get(`${cup}/trades`)).body;
    return items.find(({ agent_id }: { agent_id: string }) => agent_id === holder);
  });
  expect(trade).toMatchObject({ symbol: "BTC-USDT", side: "buy" });
  for (const path of [
    `/trades?agent_id=${holder}`,
    `/trades?tournament_id=${cup.slice(13)}`,
    `/agents/${holder}/trades`,
  ])
    expect((await get(path)).body.items.length, path).toBeGreaterThan(0);
  for (const part of ["stats", "memory", "state"])
    expect(await get(`/agents/${ann}/${part}`), part).toMatchObject({ status: 200, body: { agent_id: ann } });
  for (const path of ["/", "/health", "/prices", "/tournaments", "/tasks", `/prices?tournament_id=${cup.slice(13)}`])
    expect((await get(path)).status, path).toBe(200);
});

test("a run between rounds is a rehearsal, and one in an open round is that round's decision", async () => {
  const [ann] = agentIds;
  await roundIs("settled");
  const rehearsed = await work(`/agents/${ann}/run`);
  expect(rehearsed).toMatchObject({ name: "run_agent_decision", state: "SUCCESS" });
  expect(rehearsed.result).toMatchObject({ outcome: "rehearsal", performance: { trades: expect.any(Number) } });

  await roundIs("open");
  const { number } = (await get(cup)).body.current_round;
  const decided = await work(`/agents/${ann}/run?tournament_id=${cup.slice(13)}`);
  expect(decided).toMatchObject({ state: "SUCCESS", result: { round: number } });
  expect(["made", "held", "exists"]).toContain(decided.result.outcome);
});

test("a recovery restores the agent from what is stored", async () => {
  const [, holder] = agentIds;
  const before = (await get(`/agents/${holder}/state`)).body;
  expect(await work(`/agents/${holder}/recover`)).toMatchObject({ name: "recover_agent_state", state: "SUCCESS" });
  const after = (await get(`/agents/${holder}/state`)).body;
  expect(after).toMatchObject({ cash: before.cash, positions: before.positions, recoveries: before.recoveries + 1 });
});

test("the rounds of a pause are skipped as paused, and after it they go on", async () => {
  expect((await post(`${cup}/pause`)).body).toMatchObject({ status: "paused" });
  expect((await post(`${cup}/pause`)).status).toBe(409);
  await new Promise((done) => setTimeout(done, INTERVAL_SECONDS * 1_500));
  expect((await post(`${cup}/resume`)).body).toMatchObject({ status: "live" });
  await wholeRounds(live, 1, cup.slice(13));
  const reasons = (await roundsOf(live, cup.slice(13))).flatMap(({ skip_reason }) => skip_reason ?? []);
  expect(reasons).toContain("paused");
});

test("bad input is refused with a reason and writes nothing", async () => {
  const count = () =>
    withDatabase(data, (query) =>
      query(`select (select count(*) from agents) as agents, (select count(*) from entries) as entries,
        (select string_agg(name || ' ' || status, ', ' order by id) from tournaments) as tournaments,
        (select count(*) from tasks where name in ('recover_agent_state', 'initialize_tournament_agents')) as tasks`),
    );
  const before = await count();
  const bad: [string, string, Asked, number][] = [
    ["POST", "/tournaments", { raw: "{" }, 400],
    ["POST", "/agents", { raw: "" }, 400],
    ["POST", "/tournaments", { raw: "[]" }, 422],
    ["POST", "/tournaments", { raw: `"${"x".repeat(1_100_000)}"` }, 413],
    ["POST", "/tournaments", { body: cupBody({ symbols: ["WAX-USDT"] }) }, 422],
    ["POST", "/tournaments", { body: cupBody({ ends_at: ahead(-60) }) }, 422],
    ["POST", "/tournaments", { body: cupBody({ interval_seconds: "8" }) }, 422],
    ["POST", "/tournaments", { body: cupBody({ starting_cash: -1 }) }, 422],
    ["POST", "/tournaments", { body: cupBody({ agent_ids: [NOWHERE] }) }, 422],
    ["POST", "/agents", { body: { name: "X", strategy_type: "luck" } }, 422],
    ["POST", "/agents", { body: { name: "a\u0000b", strategy_type: "value" } }, 422],
    ["POST", `${cup}/initialize`, { body: { agent_ids: [] } }, 422],
    ["POST", `${cup}/start`, { body: {} }, 409],
    ["POST", "/tasks", { body: { name: "rm -rf" } }, 422],
    ["POST", `/agents/${NOWHERE}/run`, {}, 404],
    ["POST", `/agents/${agentIds[0]}/run?recover_from_crash=perhaps`, {}, 422],
    ["GET", "/tournaments?limit=1000", {}, 422],
    ["GET", "/tournaments?cursor=%00", {}, 422],
    ["GET", `/tournaments/${NOWHERE}`, {}, 404],
    ["GET", "/tournaments/not-an-id/leaderboard", {}, 404],
    ["GET", `${cup}/rounds/99999999`, {}, 404],
    ["GET", "/tasks/1?wait=61", {}, 404],
    ["GET", "/nowhere", {}, 404],
    ["PUT", cup, { body: {} }, 405],
  ];
  for (const [method, path, asked, status] of bad)
    expect((await ask(live, method, path, asked)).status, `${method} ${path} ${asked.raw?.slice(0, 40) ?? ""}`).toBe(
      status,
    );
  expect(await count()).toEqual(before);
});

test("a body of any size is refused by an answer, never by a lost connection", async () => {
  for (const megabytes of [1.1, 5, 20])
    for (let times = 0; times < 5; times++)
      expect(await ask(live, "POST", "/tournaments", { raw: `"${"x".repeat(megabytes * 1_000_000)}"` })).toMatchObject({
        status: 413,
        body: { code: "request.too_large" },
      });
});

test("a cancelled tournament drops its open orders and runs no agent any more", async () => {
  await roundIs("open");
  expect((await post(`${cup}/cancel`)).body).toMatchObject({ status: "cancelled" });
  const orders = await withDatabase(data, (query) =>
    query(
      "select o.state from orders o join rounds r on r.id = o.round_id where r.tournament_id = $1 and o.state = 'open'",
      [cup.slice(13)],
    ),
  );
  expect(orders).toEqual([]);
  expect(await post(`/agents/${agentIds[0]}/run?tournament_id=${cup.slice(13)}`)).toMatchObject({ status: 409 });
  expect((await post(`${cup}/resume`)).status).toBe(409);
  expect((await ask(live, "DELETE", `/agents/${agentIds[0]}`)).status).toBeLessThan(300);
});

walkTheEngine(() => ({ live, data }));
