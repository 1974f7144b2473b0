import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, expect, test, vi } from "vitest";
import type { Arena } from "../../durable-objects/arena.ts";
import { ahead, call, decisionOf, eventually, liveRound, makeAgent, query, replay } from "./arrange.ts";

afterEach(async () => {
  vi.restoreAllMocks();
  await ahead(0);
});

const arenaOf = (tournamentId: string) => env.ARENA.getByName(tournamentId);

/** How often the Worker sends a statement with this text to the database while `act` runs. */
async function statements(text: string, act: () => Promise<unknown>): Promise<number> {
  const spy = vi.spyOn(globalThis, "fetch");
  await act();
  const count = spy.mock.calls.filter(([, init]) => String(init?.body).includes(text)).length;
  spy.mockRestore();
  return count;
}

test("many wakes at once run one advance at a time, and one more for those that came meanwhile", async () => {
  const { tournamentId } = await liveRound();
  const arena = arenaOf(tournamentId);
  const once = await statements("owes_fills", () => arena.wake(tournamentId));
  expect(once).toBe(1);
  const storm = await statements("owes_fills", () =>
    Promise.all(Array.from({ length: 200 }, () => arena.wake(tournamentId))),
  );
  expect(storm).toBeGreaterThan(0);
  expect(storm).toBeLessThanOrEqual(3);
});

test("any call sets an alarm that was lost, whether or not the object remembers its tournament", async () => {
  const { tournamentId } = await liveRound();
  const arena = arenaOf(tournamentId);
  const alarm = () => runInDurableObject(arena, (_: Arena, state) => state.storage.getAlarm());
  const lose = () => runInDurableObject(arena, (_: Arena, state) => state.storage.deleteAlarm());
  // First an object that forgot its tournament. Its eviction in time also shows that no statement left a timer running.
  await evictDurableObject(arena);
  await lose();
  await arena.wake(tournamentId);
  expect(await alarm()).toBeGreaterThan(Date.now());
  await lose();
  await arena.wake(tournamentId);
  expect(await alarm()).toBeGreaterThan(Date.now());
}, 5000);

const alarmOf = (tournamentId: string) =>
  runInDurableObject(arenaOf(tournamentId), (_: Arena, state) => state.storage.getAlarm());

test("the alarm of a quiet round is its next step, not the safety alarm of the run", async () => {
  const live = await liveRound();
  const { tournamentId } = live;
  await env.AGENTS.send({ type: "decide", tournament_id: tournamentId, entry_ids: [live.entryId] });
  await eventually("its decision is stored", () => decisionOf(live));
  await arenaOf(tournamentId).wake(tournamentId);
  const [round] = await query<{ ms: number }>("select agonus_ms(deadline_at) as ms from rounds where id = $1", [
    live.roundId,
  ]);
  // A run that another message began may still be under way: it sets the alarm when it ends.
  await eventually("the alarm is the round's deadline", async () => {
    const untilDeadline = ((await alarmOf(tournamentId)) ?? 0) - (round?.ms ?? 0);
    return Math.abs(untilDeadline) < 2000;
  });
});

test("a run that was taken for hung and comes back late leaves the alarm to the run after it", async () => {
  const { tournamentId } = await liveRound();
  const { fetch } = globalThis;
  const hung = await runInDurableObject(arenaOf(tournamentId), async (instance: Arena, state) => {
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    let looks = 0;
    vi.spyOn(globalThis, "fetch").mockImplementation(async (...args) => {
      const answer = await fetch(...args);
      if (String(args[1]?.body).includes("owes_fills") && ++looks === 1) await held;
      return answer;
    });
    const late = instance.wake(tournamentId);
    while (looks === 0) await new Promise((resolve) => setTimeout(resolve, 10));
    const now = Date.now() + 61_000;
    const clock = vi.spyOn(Date, "now").mockImplementation(() => now);
    await instance.wake(tournamentId);
    clock.mockRestore();
    const before = await state.storage.getAlarm();
    release();
    await late;
    return { before, after: await state.storage.getAlarm() };
  });
  expect(hung.before).toBeGreaterThan(Date.now() + 61_000);
  expect(hung.after).toBe(hung.before);
});

test("an alarm rejects when its advance fails, and the round goes on with the next alarm", async () => {
  const live = await liveRound();
  const { tournamentId } = live;
  const arena = arenaOf(tournamentId);
  vi.spyOn(globalThis, "fetch").mockRejectedValue(new Error("the network is down"));
  await expect(runDurableObjectAlarm(arena)).rejects.toThrow();
  vi.restoreAllMocks();
  await ahead(40);
  await arena.wake(tournamentId);
  await eventually("its decision is stored", () => decisionOf(live));
});

test("an alarm that fires during a run fails together with that run", async () => {
  const { tournamentId } = await liveRound();
  const arena = arenaOf(tournamentId);
  let fail: (error: Error) => void = () => {};
  const held = new Promise<Response>((_, reject) => {
    fail = reject;
  });
  vi.spyOn(globalThis, "fetch").mockReturnValue(held);
  const [wake, alarm] = await runInDurableObject(arena, (instance: Arena) => {
    const both = Promise.allSettled([instance.wake(tournamentId), instance.alarm()]);
    setTimeout(() => fail(new Error("the network is down")), 100);
    return both;
  });
  expect([wake.status, alarm.status]).toEqual(["rejected", "rejected"]);
});

test("the Arena of a tournament that is not live has no alarm", async () => {
  const id = await replay(2, [await makeAgent({ strategy: "cash", strategy_type: "baseline" })]);
  const arena = arenaOf(id);
  const alarm = () => runInDurableObject(arena, (_: Arena, state) => state.storage.getAlarm());
  await arena.wake(id);
  expect(await alarm()).toBeNull();
  expect((await call("POST", `/tournaments/${id}/start`)).status).toBe(200);
  await eventually(
    "it is completed",
    async () => (await call("GET", `/tournaments/${id}`)).body.status === "completed",
  );
  await eventually("its arena rests", async () => (await alarm()) === null);
});
