import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, expect, test, vi } from "vitest";
import type { TradingAgent } from "../../durable-objects/trading-agent.ts";
import type { DecisionRequest } from "../../src/rounds/ports.ts";
import { sharedViews } from "../../src/strategies/carried-view.ts";
import { strategies } from "../../src/strategies/registry.ts";
import { call, decisionOf, eventually, finished, HOUR_SECONDS, liveRound, loopPlan, query, taskOf } from "./arrange.ts";

afterEach(() => vi.restoreAllMocks());

const agentOf = (entryId: string) => env.TRADING_AGENT.getByName(entryId);
// biome-ignore lint/suspicious/noExplicitAny: tests look into it freely
const liveOf = async (entryId: string): Promise<Record<string, any>> => agentOf(entryId).live();
const run = async (agentId: string, recover: boolean) =>
  finished((await call("POST", `/agents/${agentId}/run?recover_from_crash=${recover}`)).body.task_id);

const request = (fields: Partial<DecisionRequest> = {}): DecisionRequest => ({
  tournamentId: crypto.randomUUID(),
  entryId: crypto.randomUUID(),
  roundId: crypto.randomUUID(),
  strategy: "cash",
  version: 3,
  recoveries: 0,
  recoverFromCrash: true,
  view: {
    round: 7,
    market: sharedViews.write({
      symbols: ["BTC-USDT"],
      prices: { "BTC-USDT": "100" },
      indicators: {},
      min_order: "1",
    }),
    fills: [],
    account: { cash: "500", positions: {} },
    memory: {},
    limits: null,
    params: {},
    seed: "s",
  },
  ...fields,
});

test("all calls for one round get the same answer", async () => {
  const decide = vi.spyOn(strategies.cash, "decide");
  const asked = request();
  const agent = agentOf(asked.entryId);
  const replies = await Promise.all([agent.decide(asked), agent.decide(asked), agent.decide(asked)]);
  expect(decide).toHaveBeenCalledTimes(1);
  for (const reply of replies) expect(reply).toEqual(replies[0]);
  await agent.decide({ ...asked, roundId: crypto.randomUUID() });
  expect(decide).toHaveBeenCalledTimes(2);
});

test("an evicted object decides only if recovery is allowed, and then says that it recovered", async () => {
  const asked = request();
  const agent = agentOf(asked.entryId);
  expect(await agent.decide(asked)).toMatchObject({ kind: "choice" });
  await evictDurableObject(agent);
  const next = { ...asked, roundId: crypto.randomUUID() };
  expect(await agent.decide({ ...next, recoverFromCrash: false })).toEqual({ kind: "needs_recovery" });
  expect(await agent.decide(next)).toMatchObject({ kind: "choice", recovered: true });
  expect(await agent.decide({ ...next, roundId: crypto.randomUUID(), recoverFromCrash: false })).toMatchObject({
    kind: "choice",
    recovered: false,
  });
});

test("an object whose account changed without it is behind, even if it was never evicted", async () => {
  const asked = request();
  const agent = agentOf(asked.entryId);
  await agent.decide(asked);
  const ahead = { ...asked, roundId: crypto.randomUUID(), version: asked.version + 1, recoverFromCrash: false };
  expect(await agent.decide(ahead)).toEqual({ kind: "needs_recovery" });
  const recovered = { ...asked, roundId: crypto.randomUUID(), recoveries: 1, recoverFromCrash: false };
  expect(await agent.decide(recovered)).toEqual({ kind: "needs_recovery" });
});

test("an object that is ahead of the database drops its state and takes what the request brings", async () => {
  const said = vi.spyOn(console, "log");
  const asked = request({ version: 9, recoveries: 1 });
  const agent = agentOf(asked.entryId);
  await agent.decide(asked);
  // After a restore from a backup the entry is where it was then, and the round is another one.
  const restored = request({ entryId: asked.entryId, version: 4, recoveries: 0, recoverFromCrash: false });
  const view = { ...restored.view, round: 3, account: { cash: "321", positions: { "BTC-USDT": "1" } } };
  expect(await agent.decide({ ...restored, view })).toEqual({ kind: "needs_recovery" });
  expect(await agent.decide({ ...restored, view, recoverFromCrash: true })).toMatchObject({ recovered: true });
  expect(await liveOf(asked.entryId)).toMatchObject({
    version: 4,
    recoveries: 0,
    last_round: 3,
    account: view.account,
  });
  const lines = said.mock.calls.map(([line]) => String(line)).filter((line) => line.includes('"yielded"'));
  expect(lines).toHaveLength(1);
  expect(JSON.parse(lines[0] ?? "")).toMatchObject({
    entry_id: asked.entryId,
    held: { version: 9, recoveries: 1, round: 7 },
    given: { version: 4, recoveries: 0, round: 3 },
  });
});

test("an object that thinks for a task which the restored database does not have stops, and logs it", async () => {
  const live = await liveRound({ config: { thinking_seconds: 60 } });
  const agent = agentOf(live.entryId);
  await env.AGENTS.send({ type: "decide", tournament_id: live.tournamentId, entry_ids: [live.entryId] });
  await eventually("it thinks", async () => (await liveOf(live.entryId)).thinking);
  await query("delete from tasks where entry_id = $1", [live.entryId]);
  await runDurableObjectAlarm(agent);
  expect((await liveOf(live.entryId)).thinking).toBeNull();
  expect(await decisionOf(live)).toBeUndefined();
});

test("a restored object has no earlier state, and goes on from the restored version without another recovery", async () => {
  const asked = request();
  const agent = agentOf(asked.entryId);
  await agent.decide(asked);
  await agent.restore({ version: 9, recoveries: 1 });
  expect(await liveOf(asked.entryId)).toMatchObject({ version: 9, recoveries: 1, account: null, last_round: null });
  const next = { ...asked, roundId: crypto.randomUUID(), version: 9, recoveries: 1, recoverFromCrash: false };
  expect(await agent.decide(next)).toMatchObject({ kind: "choice", recovered: false });
});

test("a run without recovery on a new object fails with agent.needs_recovery, and the round's decision is still made", async () => {
  const live = await liveRound();
  const refused = await run(live.agentId, false);
  expect(refused).toMatchObject({ state: "FAILURE", error: { code: "agent.needs_recovery" } });
  expect(await decisionOf(live)).toBeUndefined();
  const made = await run(live.agentId, true);
  expect(made).toMatchObject({ state: "SUCCESS", result: { round: 0, recovered: true } });
  expect(await decisionOf(live)).toBeDefined();
});

test("a wake for an overdue decision sets an alarm later than now, which sends for the decision and sets the next alarm", async () => {
  const live = await liveRound();
  const agent = agentOf(live.entryId);
  const plan = await loopPlan(live);
  await runInDurableObject(agent, async (instance: TradingAgent, state) => {
    await instance.rest();
    await state.storage.put("plan", plan);
    await state.storage.put("loop_at", Date.now() - 60_000);
    await state.storage.deleteAlarm();
    const setAlarm = vi.spyOn(state.storage, "setAlarm");
    const before = Date.now();
    await instance.wake(plan);
    expect(setAlarm).toHaveBeenCalledTimes(1);
    expect(Number(setAlarm.mock.calls[0]?.[0])).toBeGreaterThan(before);
  });
  await eventually("its decision is stored", () => decisionOf(live));
  const { next_alarm_at } = await liveOf(live.entryId);
  const nextRound = plan.startsAt + HOUR_SECONDS * 1000;
  expect(Date.parse(String(next_alarm_at)) - nextRound).toBeGreaterThan(0);
  expect(Date.parse(String(next_alarm_at)) - nextRound).toBeLessThan(2000);
});

test("a wake does not move an alarm that is set", async () => {
  const live = await liveRound();
  const agent = agentOf(live.entryId);
  const plan = await loopPlan(live);
  await agent.wake(plan);
  const { next_alarm_at } = await liveOf(live.entryId);
  await agent.wake(plan);
  expect((await liveOf(live.entryId)).next_alarm_at).toBe(next_alarm_at);
  await agent.rest();
  expect((await liveOf(live.entryId)).next_alarm_at).toBeNull();
});

test("a failing alarm rejects, so that the platform retries it", async () => {
  const live = await liveRound({ config: { thinking_seconds: 60 } });
  await env.AGENTS.send({ type: "decide", tournament_id: live.tournamentId, entry_ids: [live.entryId] });
  const agent = agentOf(live.entryId);
  await eventually("it thinks", async () => (await liveOf(live.entryId)).thinking);
  vi.spyOn(globalThis, "fetch").mockRejectedValue(new Error("the network is down"));
  await expect(runDurableObjectAlarm(agent)).rejects.toThrow();
  vi.restoreAllMocks();
  await agent.restore({ version: 0, recoveries: 0 });
});

test("an outside agent thinks under a heartbeating lease, survives an eviction, and answers by message", async () => {
  const live = await liveRound({ config: { thinking_seconds: 2 } });
  const agent = agentOf(live.entryId);
  await env.AGENTS.send({ type: "decide", tournament_id: live.tournamentId, entry_ids: [live.entryId] });
  await eventually("it thinks", async () => (await liveOf(live.entryId)).thinking);
  const [row] = await query<{ id: string }>("select id from tasks where entry_id = $1", [live.entryId]);
  const id = row?.id ?? "";
  const leaseBefore = (await taskOf(id))?.lease_until ?? "";
  expect(await taskOf(id)).toMatchObject({ state: "STARTED", attempt: 1 });
  expect(await decisionOf(live)).toBeUndefined();

  await evictDurableObject(agent);
  expect(await runDurableObjectAlarm(agent)).toBe(true);
  expect(Date.parse((await taskOf(id))?.lease_until ?? "")).toBeGreaterThan(Date.parse(leaseBefore));

  expect(await finished(id)).toMatchObject({ state: "SUCCESS", attempt: 1, result: { round: 0 } });
  expect(await decisionOf(live)).toBeDefined();
  await eventually("it has let go", async () => (await liveOf(live.entryId)).thinking === null);
});

test("an outside agent's failure reaches its task, and an answer that could not be sent is sent again", async () => {
  const live = await liveRound({ strategy_type: undefined, strategy: "value", config: { thinking_seconds: 60 } });
  const agent = agentOf(live.entryId);
  await env.AGENTS.send({ type: "decide", tournament_id: live.tournamentId, entry_ids: [live.entryId] });
  await eventually("it thinks", async () => (await liveOf(live.entryId)).thinking);
  const [row] = await query<{ id: string }>("select id from tasks where entry_id = $1", [live.entryId]);
  await runInDurableObject(agent, async (_: TradingAgent, { storage }) => {
    await storage.put("job", { ...(await storage.get<object>("job")), readyAt: Date.now() - 1 });
  });
  vi.spyOn(strategies.value, "decide").mockImplementation(() => {
    throw new Error("the model is\u0000 overloaded");
  });
  const send = vi.spyOn(env.AGENTS, "sendBatch").mockRejectedValue(new Error("the queue is away"));
  await expect(runDurableObjectAlarm(agent)).rejects.toThrow("could not be sent");
  send.mockRestore();
  expect((await liveOf(live.entryId)).thinking).not.toBeNull();
  await agent.wake(await loopPlan(live));
  await runDurableObjectAlarm(agent);
  await eventually("its task knows", async () => (await taskOf(row?.id ?? ""))?.error !== null);
  expect(await taskOf(row?.id ?? "")).toMatchObject({
    error: { code: "agent.failed", message: "the model is overloaded" },
  });
  expect((await call("POST", `/tasks/${row?.id}/cancel`)).status).toBe(200);
});

test("an outside agent whose task was taken over stops without an answer", async () => {
  const live = await liveRound({ config: { thinking_seconds: 60 } });
  const agent = agentOf(live.entryId);
  await env.AGENTS.send({ type: "decide", tournament_id: live.tournamentId, entry_ids: [live.entryId] });
  await eventually("it thinks", async () => (await liveOf(live.entryId)).thinking);
  await query("update tasks set token = gen_random_uuid() where entry_id = $1", [live.entryId]);
  await runDurableObjectAlarm(agent);
  expect((await liveOf(live.entryId)).thinking).toBeNull();
});

test("a thinking agent whose task is cancelled stops at its next heartbeat, which ends the task", async () => {
  const live = await liveRound({ config: { thinking_seconds: 60 } });
  const agent = agentOf(live.entryId);
  await env.AGENTS.send({ type: "decide", tournament_id: live.tournamentId, entry_ids: [live.entryId] });
  await eventually("it thinks", async () => (await liveOf(live.entryId)).thinking);
  const [row] = await query<{ id: string }>("select id from tasks where entry_id = $1", [live.entryId]);
  expect((await call("POST", `/tasks/${row?.id}/cancel`)).status).toBe(202);
  await runDurableObjectAlarm(agent);
  expect(await taskOf(row?.id ?? "")).toMatchObject({ state: "REVOKED", token: null });
  expect((await liveOf(live.entryId)).thinking).toBeNull();
});

test("a recovery makes the object drop its state, and ends with the owed decision", async () => {
  const live = await liveRound();
  const { body } = await call("POST", `/agents/${live.agentId}/recover`);
  expect(await finished(body.task_id)).toMatchObject({
    state: "SUCCESS",
    result: { recoveries: 1, owed_decision: true, restored: { cash: "500", trades: 0 } },
  });
  await eventually("its decision is stored", () => decisionOf(live));
  expect(await agentOf(live.entryId).live()).toMatchObject({ held: true, recoveries: 1, last_round: 0 });
  expect(await query("select recoveries from entries where id = $1", [live.entryId])).toEqual([{ recoveries: 1 }]);
});

test("the loop of an entry stops when its tournament is cancelled", async () => {
  const entered = await liveRound();
  const agent = agentOf(entered.entryId);
  await agent.wake(await loopPlan(entered));
  expect((await liveOf(entered.entryId)).next_alarm_at).not.toBeNull();
  expect((await call("POST", `/tournaments/${entered.tournamentId}/cancel`)).status).toBe(200);
  await env.AGENTS.send({ type: "decide", tournament_id: entered.tournamentId, entry_ids: [entered.entryId] });
  await eventually("its alarm is gone", async () => (await liveOf(entered.entryId)).next_alarm_at === null);
});
