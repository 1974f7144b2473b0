/** Agents that die or fall silent, in workerd: they come back within the objective, and GET /recoveries lists the recovery. */
import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, expect, test, vi } from "vitest";
import { TradingAgent } from "../../durable-objects/trading-agent.ts";
import type { ThinkingJob } from "../../src/rounds/ports.ts";
import { ahead, call, decisionOf, eventually, liveRound, loopPlan, query } from "./arrange.ts";

afterEach(() => ahead(0));

const agentOf = (entryId: string) => env.TRADING_AGENT.getByName(entryId);
// biome-ignore lint/suspicious/noExplicitAny: tests look into it freely
const liveOf = async (entryId: string): Promise<Record<string, any>> => agentOf(entryId).live();
const recoveriesOf = async (agentId: string) => (await call("GET", `/recoveries?agent_id=${agentId}`)).body;
async function sweepNow(): Promise<void> {
  const beat = env.BEAT.getByName("beat");
  await beat.wake();
  await runDurableObjectAlarm(beat);
  await runInDurableObject(beat, (_, state) => state.storage.deleteAlarm());
}

test("an agent that is killed while it thinks decides in its round, and its recovery says how long it was away", async () => {
  const live = await liveRound({ config: { thinking_seconds: 2 } });
  const agent = agentOf(live.entryId);
  await env.AGENTS.send({ type: "decide", tournament_id: live.tournamentId, entry_ids: [live.entryId] });
  await eventually("it thinks", async () => (await liveOf(live.entryId)).thinking);
  // The object dies with its storage, its alarm and its heartbeats.
  await runInDurableObject(agent, async (_: TradingAgent, state) => {
    await state.storage.deleteAlarm();
    await state.storage.deleteAll();
  });
  await evictDurableObject(agent);
  expect((await recoveriesOf(live.agentId)).items).toEqual([]);

  await ahead(21);
  await sweepNow();
  await eventually("its decision is stored", () => decisionOf(live));
  await sweepNow();
  const { items, summary } = await recoveriesOf(live.agentId);
  expect(items).toMatchObject([{ cause: "lease", round: 0, decisions_lost: 0, duplicates_prevented: 0 }]);
  const [{ interrupted_at, detected_at, restored_at, resumed_at, task_id }] = items;
  const times = [interrupted_at, detected_at, restored_at, resumed_at].map((time) => Date.parse(time));
  expect(times).toEqual([...times].sort((a, b) => a - b));
  expect(summary).toMatchObject({
    recoveries: 1,
    unfinished: 0,
    decisions_lost: 0,
    objective: { seconds: 60, met: 1, missed: 0, share: 1 },
  });
  expect(summary.since_interruption.max).toBeGreaterThan(20);
  expect(summary.since_interruption.max).toBeLessThan(60);
  expect(await query("select entry_id from tasks where id = $1", [task_id])).toEqual([{ entry_id: live.entryId }]);
});

test("an agent that is recovered while it thinks goes on thinking, under the raised version, and decides in its round", async () => {
  const live = await liveRound({ config: { thinking_seconds: 3 } });
  await env.AGENTS.send({ type: "decide", tournament_id: live.tournamentId, entry_ids: [live.entryId] });
  const before = await eventually("it thinks", async () => (await liveOf(live.entryId)).thinking);
  const { body } = await call("POST", `/agents/${live.agentId}/recover?tournament_id=${live.tournamentId}`);
  const recovery = await eventually("it is recovered", async () => {
    const task = (await call("GET", `/tasks/${body.task_id}`)).body;
    return task.state === "SUCCESS" ? task : undefined;
  });
  expect(recovery.result).toMatchObject({ owed_decision: true, sent: true });
  // It does not wait for the end of the old lease of 20 s.
  const again = await eventually("it thinks again", async () => {
    const [task] = await query<{ state: string; history: { why: string }[] }>(
      "select state, history from tasks where entry_id = $1 and name = 'run_agent_decision'",
      [live.entryId],
    );
    const taken = task?.history.some(({ why }) => why.startsWith("its agent was recovered"));
    return taken && task?.state === "STARTED" ? (await liveOf(live.entryId)).thinking : undefined;
  });
  expect(again.ready_at).toBe(before.ready_at);
  await eventually("its decision is stored", () => decisionOf(live));
});

test("an object whose own code throws spends its task's attempts; one that was reset spends none", async () => {
  const live = await liveRound();
  const recover = async () =>
    (await call("POST", `/agents/${live.agentId}/recover?tournament_id=${live.tournamentId}`)).body.task_id;
  const tried = async (id: string) => {
    const task = (await call("GET", `/tasks/${id}`)).body;
    return task.state === "RETRY" ? task : undefined;
  };
  const restore = vi.spyOn(TradingAgent.prototype, "restore").mockRejectedValue(new TypeError("a bug of its own"));
  const spent = await recover();
  expect(await eventually("it was tried", () => tried(spent))).toMatchObject({
    attempt: 1,
    error: { code: "task.failed", message: "a bug of its own" },
  });
  await call("POST", `/tasks/${spent}/cancel`);

  restore.mockImplementation(async function (this: TradingAgent) {
    // The platform gives every object its `ctx`, which the class keeps to itself.
    const ctx: DurableObjectState = Reflect.get(this, "ctx");
    ctx.abort("evicted");
    await new Promise(() => {});
  });
  const free = await recover();
  expect(await eventually("it was tried", () => tried(free))).toMatchObject({ attempt: 0, error: null });
  restore.mockRestore();
  await call("POST", `/tasks/${free}/cancel`);
});

/** Puts the object into the state after three alarms in a row without a call. */
async function silentAlarm(entryId: string): Promise<void> {
  await runInDurableObject(agentOf(entryId), async (instance: TradingAgent, state) => {
    await state.storage.put("silent", 2);
    await state.storage.put("loop_at", Date.now() - 1);
    await instance.alarm();
  });
}

test("an object notices at its alarm that its entry owes a decision and is silent, and has it recovered once, however often it looks", async () => {
  const live = await liveRound();
  const arena = env.ARENA.getByName(live.tournamentId);
  const state = async (number: number, wanted: string) => {
    await arena.wake(live.tournamentId);
    const { body } = await call("GET", `/tournaments/${live.tournamentId}/rounds/${number}`);
    return body.state === wanted;
  };
  await agentOf(live.entryId).wake(await loopPlan(live));
  await ahead(200);
  await eventually("round 0 is settled without it", () => state(0, "settled"));
  await ahead(3 * 3600 + 3);
  await eventually("round 3 is open", () => state(3, "open"));

  await silentAlarm(live.entryId);
  await eventually("it decided after its recovery", async () => {
    const { items } = await recoveriesOf(live.agentId);
    return items[0]?.restored_at && items[0]?.resumed_at ? items : null;
  });
  await silentAlarm(live.entryId);
  expect((await recoveriesOf(live.agentId)).items).toMatchObject([
    { cause: "alarm", round: 3, from_version: 0, to_version: 1, decisions_lost: 0 },
  ]);
  expect(await query("select recoveries from entries where id = $1", [live.entryId])).toEqual([{ recoveries: 1 }]);
});

test("an object that counted alarms without a call recovers nothing if the database says that the entry is not silent", async () => {
  const live = await liveRound();
  await agentOf(live.entryId).wake(await loopPlan(live));
  await silentAlarm(live.entryId);
  await eventually("its decision is stored", () => decisionOf(live));
  expect((await recoveriesOf(live.agentId)).items).toEqual([]);
});

test("an agent that thinks for longer than its rounds last ends each task itself: the misses are its own, and there is no recovery", async () => {
  const live = await liveRound({ config: { thinking_seconds: 120 } });
  const agent = agentOf(live.entryId);
  await env.AGENTS.send({ type: "decide", tournament_id: live.tournamentId, entry_ids: [live.entryId] });
  await eventually("it thinks", async () => (await liveOf(live.entryId)).thinking);
  await runDurableObjectAlarm(agent);
  expect((await liveOf(live.entryId)).thinking, "its round is open").not.toBeNull();
  await query("update tournaments set interval_seconds = 60 where id = $1", [live.tournamentId]);
  await query("update rounds set state = 'closed', closed_at = agonus_now() where id = $1", [live.roundId]);
  await runDurableObjectAlarm(agent);
  expect((await liveOf(live.entryId)).thinking).toBeNull();
  expect(await query("select state, error->>'code' as code from tasks where entry_id = $1", [live.entryId])).toEqual([
    { state: "FAILURE", code: "agent.timeout" },
  ]);
  expect(await query("select reason from missed_decisions where round_id = $1", [live.roundId])).toEqual([
    { reason: "agent.timeout" },
  ]);
  await sweepNow();
  expect((await recoveriesOf(live.agentId)).items).toEqual([]);
  await call("POST", `/tournaments/${live.tournamentId}/cancel`);
});

test("an object that is asked about the next round ends the task of the round that it still thinks about", async () => {
  const live = await liveRound({ config: { thinking_seconds: 120 } });
  const agent = agentOf(live.entryId);
  await env.AGENTS.send({ type: "decide", tournament_id: live.tournamentId, entry_ids: [live.entryId] });
  await eventually("it thinks", async () => (await liveOf(live.entryId)).thinking);
  const job = await runInDurableObject(agent, (_: TradingAgent, state) => state.storage.get<ThinkingJob>("job"));
  if (!job) throw new Error("it has no job");
  await query("update rounds set state = 'closed', closed_at = agonus_now() where id = $1", [live.roundId]);
  await agent.think({ ...job, roundId: crypto.randomUUID(), taskId: crypto.randomUUID(), token: crypto.randomUUID() });
  expect(await query("select state, error->>'code' as code from tasks where entry_id = $1", [live.entryId])).toEqual([
    { state: "FAILURE", code: "round.late" },
  ]);
  await runDurableObjectAlarm(agent);
  await call("POST", `/tournaments/${live.tournamentId}/cancel`);
});
