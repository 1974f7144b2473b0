/** Objects that end between any two of their steps. Each storage call and each statement of an alarm fails once. */
import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, expect, test, vi } from "vitest";
import { willFire } from "../../durable-objects/alarm-times.ts";
import type { TradingAgent } from "../../durable-objects/trading-agent.ts";
import { ahead, call, decisionOf, eventually, finished, liveRound, loopPlan, query } from "./arrange.ts";

afterEach(async () => {
  vi.restoreAllMocks();
  await ahead(0);
});

interface WithAlarm extends Rpc.DurableObjectBranded {
  alarm(): Promise<void>;
}

/**
 * Fires the object's alarm so that its k-th step fails, for each k until there are no more, and evicts the object there. The
 * alarm must either have set the next one or reject, so that the platform retries it. Nothing else would wake the object.
 * `isDone` says that the object waits for nothing any more: the step that failed was the consumer's, in the same isolate.
 */
async function breakEachStep<T extends WithAlarm>(
  stub: DurableObjectStub<T>,
  prepare: (state: DurableObjectState) => Promise<void>,
  after: (k: number) => Promise<void>,
  isDone: (state: DurableObjectState) => Promise<boolean> = async () => false,
): Promise<number> {
  for (let k = 1; ; k++) {
    const { steps, left } = await runInDurableObject(stub, async (instance: T, state) => {
      await prepare(state);
      // The alarm has fired and is no longer set.
      await state.storage.deleteAlarm();
      let steps = 0;
      const count = () => {
        steps += 1;
        if (steps === k) throw new Error(`its step ${k} failed`);
      };
      const { fetch } = globalThis;
      vi.spyOn(globalThis, "fetch").mockImplementation(async (...args) => {
        count();
        return fetch(...args);
      });
      for (const method of ["get", "put", "delete", "getAlarm", "setAlarm", "deleteAlarm"] as const) {
        const real = state.storage[method].bind(state.storage) as (...args: unknown[]) => Promise<unknown>;
        vi.spyOn(state.storage, method).mockImplementation(async (...args: unknown[]) => {
          count();
          return (await real(...args)) as never;
        });
      }
      const rejected = await instance.alarm().then(
        () => false,
        () => true,
      );
      vi.restoreAllMocks();
      const armed = (await state.storage.getAlarm()) !== null;
      return { steps, left: rejected || armed || (await isDone(state)) };
    });
    expect(left, `after its step ${k} nothing would wake it`).toBe(true);
    await evictDurableObject(stub);
    await after(k);
    if (steps < k) return k - 1;
  }
}

test("a TradingAgent whose loop fails or ends at any step of its alarm sends what is owed, and its loop goes on", async () => {
  const live = await liveRound();
  const agent = env.TRADING_AGENT.getByName(live.entryId);
  const plan = await loopPlan(live);
  const steps = await breakEachStep(
    agent,
    async ({ storage }) => {
      await storage.put("plan", plan);
      await storage.put("loop_at", Date.now() - 1000);
    },
    async () => {
      const before = Date.now();
      await agent.wake(plan);
      const alarm = await runInDurableObject(agent, (_: TradingAgent, state) => state.storage.getAlarm());
      expect(willFire(alarm, before)).toBe(true);
    },
  );
  expect(steps).toBeGreaterThan(5);
  await eventually("its decision is stored", () => decisionOf(live));
  expect(await query("select count(*)::int as n from decisions where entry_id = $1", [live.entryId])).toEqual([
    { n: 1 },
  ]);
});

test("a TradingAgent that is evicted at any step of its thinking decides once, under one attempt", async () => {
  const live = await liveRound({ config: { thinking_seconds: 1 } });
  const agent = env.TRADING_AGENT.getByName(live.entryId);
  await env.AGENTS.send({ type: "decide", tournament_id: live.tournamentId, entry_ids: [live.entryId] });
  const job = await eventually("it thinks", () =>
    runInDurableObject(agent, (_: TradingAgent, state) => state.storage.get<object>("job")),
  );
  // The answer is due at once, so each of these alarms may send it again.
  const steps = await breakEachStep(
    agent,
    ({ storage }) => storage.put("job", { ...job, readyAt: Date.now() - 1 }),
    async () => {},
    async ({ storage }) => (await storage.get("job")) === undefined && (await storage.get("plan")) === undefined,
  );
  expect(steps).toBeGreaterThan(5);
  const [task] = await query<{ id: string }>("select id from tasks where entry_id = $1", [live.entryId]);
  expect(await finished(task?.id ?? "")).toMatchObject({ state: "SUCCESS", attempt: 1 });
  expect(await query("select count(*)::int as n from decisions where entry_id = $1", [live.entryId])).toEqual([
    { n: 1 },
  ]);
  expect(await query("select prevented from entries where id = $1", [live.entryId])).toEqual([{ prevented: 0 }]);
});

test("an Arena that fails or ends at any step of its alarm is woken again, and its rounds go on", async () => {
  const live = await liveRound();
  const arena = env.ARENA.getByName(live.tournamentId);
  const steps = await breakEachStep(
    arena,
    async ({ storage }) => void (await storage.put("tournament_id", live.tournamentId)),
    () => arena.wake(live.tournamentId),
  );
  expect(steps).toBeGreaterThan(3);
  const rounds = () => query("select number, state from rounds where tournament_id = $1", [live.tournamentId]);
  expect(await rounds()).toEqual([{ number: 0, state: "open" }]);
  // After the deadline once more, with each step that closes, quotes and settles the round.
  await ahead(200);
  await breakEachStep(
    arena,
    async () => {},
    () => arena.wake(live.tournamentId),
  );
  expect(await rounds()).toEqual([{ number: 0, state: "settled" }]);
  expect((await call("POST", `/tournaments/${live.tournamentId}/cancel`)).status).toBe(200);
});

test("Beat goes on after it fails or ends at any step of its alarm", async () => {
  const beat = env.BEAT.getByName("beat");
  const steps = await breakEachStep(
    beat,
    async () => {},
    async () => {
      await beat.wake();
    },
  );
  expect(steps).toBeGreaterThan(5);
});
