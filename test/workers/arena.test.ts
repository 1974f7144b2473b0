import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, expect, test, vi } from "vitest";
import type { Arena } from "../../durable-objects/arena.ts";
import { ahead, call, decisionOf, eventually, liveRound, makeAgent, replay } from "./arrange.ts";

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

test("a storm of hints runs one advance at a time, and one more for what came meanwhile", async () => {
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

test("an alarm that was lost is armed by any call, whether or not the object remembers it", async () => {
  const { tournamentId } = await liveRound();
  const arena = arenaOf(tournamentId);
  const alarm = () => runInDurableObject(arena, (_: Arena, state) => state.storage.getAlarm());
  const lose = () => runInDurableObject(arena, (_: Arena, state) => state.storage.deleteAlarm());
  // First one that forgot it. That it leaves in time also shows that no statement left a timer behind.
  await evictDurableObject(arena);
  await lose();
  await arena.wake(tournamentId);
  expect(await alarm()).toBeGreaterThan(Date.now());
  await lose();
  await arena.wake(tournamentId);
  expect(await alarm()).toBeGreaterThan(Date.now());
}, 5000);

test("an alarm whose advance fails rejects, and the round goes on with the next", async () => {
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

test("an alarm that comes while a run is under way shares its failure", async () => {
  const { tournamentId } = await liveRound();
  const arena = arenaOf(tournamentId);
  let fail: (error: Error) => void = () => {};
  const held = new Promise<Response>((_, reject) => {
    fail = reject;
  });
  vi.spyOn(globalThis, "fetch").mockReturnValue(held);
  const [hint, alarm] = await runInDurableObject(arena, (instance: Arena) => {
    const both = Promise.allSettled([instance.wake(tournamentId), instance.alarm()]);
    setTimeout(() => fail(new Error("the network is down")), 100);
    return both;
  });
  expect([hint.status, alarm.status]).toEqual(["rejected", "rejected"]);
});

test("the arena of a tournament that is not live rests without an alarm", async () => {
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
