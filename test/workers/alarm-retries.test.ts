/** Wakes that come while an alarm fails do not disturb the platform's retries. Real alarms in workerd. */
import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, expect, test, vi } from "vitest";
import { Arena } from "../../durable-objects/arena.ts";
import { Beat } from "../../durable-objects/beat.ts";
import { TradingAgent } from "../../durable-objects/trading-agent.ts";
import { decisionOf, eventually, liveRound, loopPlan } from "./arrange.ts";

afterEach(() => vi.restoreAllMocks());

interface WithAlarm {
  readonly ctx: DurableObjectState;
  alarm(info?: AlarmInvocationInfo): Promise<void>;
}

/** The number of each try of one object's alarm. All of them fail, because the database can't be reached. */
function failingAlarms(of: { prototype: object }, { id }: { readonly id: DurableObjectId }): number[] {
  const tries: number[] = [];
  const prototype = of.prototype as WithAlarm;
  const { alarm } = prototype;
  vi.spyOn(prototype, "alarm").mockImplementation(function (this: WithAlarm, info?: AlarmInvocationInfo) {
    // Objects of other files may have alarms as well.
    if (this.ctx.id.equals(id)) tries.push(info?.retryCount ?? -1);
    return alarm.call(this, info);
  });
  vi.spyOn(globalThis, "fetch").mockRejectedValue(new Error("the network is down"));
  return tries;
}

/** Calls the object until the platform has tried the alarm for the third time. Each try must have the next number. */
async function untilThirdTry(tries: readonly number[], wake: () => Promise<unknown>): Promise<void> {
  await eventually("the third try of one alarm", async () => {
    await wake().catch(() => {});
    return tries.length >= 3;
  });
  expect(tries.slice(0, 3)).toEqual([0, 1, 2]);
}

const fireNow = <T extends Rpc.DurableObjectBranded>(stub: DurableObjectStub<T>) =>
  runInDurableObject(stub, (_: T, state) => state.storage.setAlarm(Date.now() + 1));

// biome-ignore lint/suspicious/noExplicitAny: what it shows is any JSON
const thinking = async (agent: { live(): Promise<any> }) => (await agent.live()).thinking;

test("wakes do not disturb the platform's retries of an Arena's failing alarm", async () => {
  const { tournamentId } = await liveRound();
  const arena = env.ARENA.getByName(tournamentId);
  const tries = failingAlarms(Arena, arena);
  await fireNow(arena);
  await untilThirdTry(tries, () => arena.wake(tournamentId));
});

test("wakes do not disturb the platform's retries of Beat's failing alarm", async () => {
  // Not the one that the Worker wakes, whose alarm may have failed before.
  const beat = env.BEAT.getByName("beat of this test");
  const tries = failingAlarms(Beat, beat);
  await fireNow(beat);
  await untilThirdTry(tries, () => beat.wake());
  await runInDurableObject(beat, (_: Beat, state) => state.storage.deleteAlarm());
});

test("wakes do not disturb the platform's retries of a thinking agent's failing alarm, and it answers once the queue works again", async () => {
  const live = await liveRound({ config: { thinking_seconds: 1 } });
  const agent = env.TRADING_AGENT.getByName(live.entryId);
  const plan = await loopPlan(live);
  await env.AGENTS.send({ type: "decide", tournament_id: live.tournamentId, entry_ids: [live.entryId] });
  await eventually("it thinks", () => thinking(agent));
  const tries = failingAlarms(TradingAgent, agent);
  await untilThirdTry(tries, () => agent.wake(plan));
  vi.restoreAllMocks();
  await runDurableObjectAlarm(agent);
  await eventually("its decision is stored", () => decisionOf(live));
});

test("wakes never postpone a thinking agent's heartbeat, however often they come", async () => {
  const live = await liveRound({ config: { thinking_seconds: 60 } });
  const agent = env.TRADING_AGENT.getByName(live.entryId);
  const plan = await loopPlan(live);
  await env.AGENTS.send({ type: "decide", tournament_id: live.tournamentId, entry_ids: [live.entryId] });
  await eventually("it thinks", () => thinking(agent));
  const alarm = () => runInDurableObject(agent, (_: TradingAgent, state) => state.storage.getAlarm());
  const armed = await alarm();
  for (const since = Date.now(); Date.now() < since + 100; ) await agent.wake(plan);
  expect(await alarm()).toBe(armed);
});
