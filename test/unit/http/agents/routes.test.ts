import { afterAll, beforeAll, expect, test } from "vitest";
import { strategyTypes } from "../../../../src/strategies/strategy.ts";
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

const whole = {
  name: "AlphaBot",
  personality: "Bold and impatient.\nNever mourns a loss.",
  strategy_type: "momentum",
  strategy: "momentum",
  risk_score: 0.8,
  avatar_url: "https://example.com/alpha.png",
  owner: "Ann",
  config: { limits: { max_trades_per_round: 3 }, params: {}, thinking_seconds: 0 },
};

test("an agent comes back as it was made; its owner and configuration only with the key", async () => {
  const { status, headers, body } = await api.post("/agents", whole);
  expect(status).toBe(201);
  expect(headers.get("location")).toBe(`/agents/${body.id}`);
  expect(body).toMatchObject({
    ...whole,
    baseline: false,
    archived_at: null,
    config: { ...whole.config, limits: { max_trades_per_round: 3, risk_score: "0.8" } },
  });
  expect((await api.get(`/agents/${body.id}`)).body).toEqual(body);
  const { owner: _, config: __, ...open } = body;
  expect((await api.see(`/agents/${body.id}`)).body).toEqual(open);
  expect((await api.see("/agents")).body.items).toContainEqual(open);
});

test("a strategy type alone chooses its house strategy", async () => {
  for (const type of strategyTypes) {
    const id = await api.agent({ strategy_type: type });
    expect((await api.see(`/agents/${id}`)).body).toMatchObject({ strategy_type: type, strategy: type });
  }
  const cash = await api.agent({ strategy_type: "baseline", strategy: "cash" });
  expect((await api.see(`/agents/${cash}`)).body).toMatchObject({ baseline: true, risk_score: null });
  const named = await api.agent({ strategy_type: undefined, strategy: "swing" });
  expect((await api.see(`/agents/${named}`)).body).toMatchObject({ strategy_type: "swing", baseline: false });
});

test("a change touches the fields that it names, and null clears", async () => {
  const { body: before } = await api.post("/agents", whole);
  const renamed = (await api.patch(`/agents/${before.id}`, { name: "BetaBot", avatar_url: null, owner: null })).body;
  expect(renamed).toEqual({
    ...before,
    name: "BetaBot",
    avatar_url: null,
    owner: null,
    updated_at: renamed.updated_at,
  });
  const risk = (await api.patch(`/agents/${before.id}`, { risk_score: "0.25" })).body;
  expect(risk).toMatchObject({ risk_score: 0.25, config: { limits: { max_trades_per_round: 3, risk_score: "0.25" } } });
  const config = (await api.patch(`/agents/${before.id}`, { config: { thinking_seconds: 1 } })).body;
  expect(config.config).toEqual({ thinking_seconds: 1 });
  const other = (await api.patch(`/agents/${before.id}`, { strategy_type: "value" })).body;
  expect(other).toMatchObject({ strategy: "value", strategy_type: "value" });
  const cash = (await api.patch(`/agents/${before.id}`, { strategy: "cash" })).body;
  expect(cash).toMatchObject({ strategy_type: "baseline", baseline: true });
  expect((await api.patch(`/agents/${before.id}`, {})).status).toBe(200);
});

test("a baseline takes no limits, whether a change names its strategy or not", async () => {
  const id = await api.agent({ strategy_type: "baseline", strategy: "cash" });
  for (const [body, path] of [
    [{ risk_score: "0.5" }, "risk_score"],
    [{ config: { limits: { max_trades_per_round: 3 } } }, "config.limits"],
    [{ strategy: "cash", risk_score: "0.5" }, "risk_score"],
  ] as const) {
    expect(await api.patch(`/agents/${id}`, body)).toMatchObject({ status: 422, body: { errors: [{ path }] } });
  }
  expect((await api.patch(`/agents/${id}`, { config: { thinking_seconds: 1 } })).status).toBe(200);
  // A baseline that becomes a trader with the same change may have limits.
  expect(await api.patch(`/agents/${id}`, { strategy: "value", risk_score: "0.5" })).toMatchObject({
    status: 200,
    body: { baseline: false, risk_score: 0.5 },
  });
});

test("search finds a part of the name in any case, and takes wildcards literally", async () => {
  const id = await api.agent({ name: "100% Ünïque_Bot" });
  for (const q of ["100%25", "ünïque_", "e_bOt"]) {
    const { body } = await api.see(`/agents?q=${q}`);
    expect([q, body.items.map((item: { id: string }) => item.id)]).toEqual([q, [id]]);
  }
  expect((await api.see("/agents?q=1%25Ü")).body.items).toEqual([]);
  const values = (await api.see("/agents?strategy_type=swing")).body.items;
  expect(new Set(values.map((item: { strategy_type: string }) => item.strategy_type))).toEqual(new Set(["swing"]));
});

test("baselines and those that compete are listed apart, each list with cursors of its own", async () => {
  const [trader, holder] = [
    await api.agent({ name: "Apart trader" }),
    await api.agent({
      name: "Apart holder",
      strategy: "buy_and_hold",
      strategy_type: "baseline",
      config: { params: { symbol: "BTC-USDT" } },
    }),
  ];
  const listed = async (query: string) =>
    (await api.see(`/agents?q=Apart&${query}`)).body.items.map(({ id }: { id: string }) => id);
  expect(await listed("baseline=false")).toEqual([trader]);
  expect(await listed("baseline=true")).toEqual([holder]);
  expect(await listed("")).toEqual([holder, trader]);
  const { next_cursor } = (await api.see("/agents?baseline=false&limit=1")).body;
  expect((await api.see(`/agents?baseline=true&cursor=${next_cursor}`)).body.code).toBe("request.bad_cursor");
  expect((await api.see("/agents?baseline=no")).status).toBe(422);
});

test("an agent without entries is gone; one with entries is archived: unlisted, unchangeable, never to join again", async () => {
  const lone = await api.agent();
  expect((await api.call("DELETE", `/agents/${lone}`)).status).toBe(204);
  expect((await api.see(`/agents/${lone}`)).status).toBe(404);

  const id = await api.agent({ name: "Retired" });
  const { id: cup } = await api.tournament({ agent_ids: [id] });
  expect((await api.call("DELETE", `/agents/${id}`)).status).toBe(204);
  expect((await api.see(`/agents/${id}`)).body.archived_at).toEqual(expect.any(String));
  expect((await api.see("/agents?q=Retired")).body.items).toEqual([]);
  expect((await api.see(`/tournaments/${cup}/agents`)).body.items[0].agent).toBe("Retired");
  expect((await api.patch(`/agents/${id}`, { name: "Back" })).body.code).toBe("agent.archived");
  expect((await api.call("DELETE", `/agents/${id}`)).status).toBe(404);
  const other = await api.tournament();
  const answer = await api.post(`/tournaments/${other.id}/initialize`, { agent_ids: [id] });
  expect(answer).toMatchObject({ status: 422, body: { errors: [{ path: "agent_ids.0" }] } });
});

test("without tournament_id the agent's only live entry is meant; with several, the answer lists them", async () => {
  const id = await api.agent();
  const cups: string[] = [];
  for (let i = 0; i < 2; i++) cups.push((await api.tournament({ name: `Cup ${i}`, agent_ids: [id] })).id);
  const paths = ["stats", "memory", "state", "trades"].map((part) => `/agents/${id}/${part}`);

  for (const path of paths) {
    const none = await api.see(path);
    expect(none).toMatchObject({
      status: 422,
      body: { code: "agent.no_live_entry", errors: [{ path: "tournament_id" }] },
    });
    expect(none.body.entries.map((entry: { tournament_id: string }) => entry.tournament_id).sort()).toEqual(cups);
    expect((await api.see(`${path}?tournament_id=${cups[0]}`)).status).toBe(200);
  }
  await api.post(`/tournaments/${cups[0]}/start`);
  for (const path of paths) expect((await api.see(path)).status).toBe(200);
  expect((await api.see(`/agents/${id}/stats`)).body.tournament_id).toBe(cups[0]);
  await api.post(`/tournaments/${cups[1]}/start`);
  for (const path of [...paths]) {
    const { status, body } = await api.see(path);
    expect([status, body.code, body.entries.length]).toEqual([422, "agent.ambiguous_entry", 2]);
    expect(body.entries).toContainEqual(
      expect.objectContaining({ tournament_id: cups[1], tournament: "Cup 1", status: "live" }),
    );
    expect(body.errors[0].message).toContain(cups[1]);
  }
  await api.post(`/tournaments/${cups[1]}/pause`);
  expect((await api.see(`/agents/${id}/stats`)).status).toBe(200);

  const stranger = (await api.tournament()).id;
  expect((await api.see(`/agents/${id}/stats?tournament_id=${stranger}`)).body.code).toBe("entry.not_found");
  expect((await api.post(`/agents/${id}/run?tournament_id=${stranger}`)).body.code).toBe("entry.not_found");
});

test("run and recover begin a task for the entry that is meant", async () => {
  const id = await api.agent();
  const { id: cup } = await api.tournament({ agent_ids: [id] });
  expect((await api.post(`/agents/${id}/run`)).status).toBe(422);
  await api.post(`/tournaments/${cup}/start`);
  const wanted = { tournament_id: cup, agent_id: id };
  const cases = [
    ["run", { name: "run_agent_decision", args: { ...wanted, recover_from_crash: true } }],
    ["run?recover_from_crash=true", { name: "run_agent_decision", args: { ...wanted, recover_from_crash: true } }],
    [
      `run?tournament_id=${cup}&recover_from_crash=false`,
      { name: "run_agent_decision", args: { ...wanted, recover_from_crash: false } },
    ],
    ["recover", { name: "recover_agent_state", args: wanted }],
  ] as const;
  for (const [path, task] of cases) {
    const answer = await api.post(`/agents/${id}/${path}`);
    expect(answer).toMatchObject({ status: 202, body: { task_id: expect.any(String), status: "queued" } });
    expect(Object.keys(answer.body).sort()).toEqual(["status", "task_id"]);
    expect(api.enqueued.at(-1)).toMatchObject(task);
  }
  await api.post(`/tournaments/${cup}/cancel`);
  for (const action of ["run", "recover"]) {
    const answer = await api.post(`/agents/${id}/${action}?tournament_id=${cup}`);
    expect(answer).toMatchObject({ status: 409, body: { state: "cancelled" } });
  }
});
