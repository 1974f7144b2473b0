/** Those who wait for a round in one isolate. The clock stands: what happens without it was told, and not looked for. */
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Openings, type RoundNews, wokenByLeader } from "../../../src/rounds/doors/openings.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** An Arena that answers when the test says so. */
function arena() {
  const calls: { readonly waitMs: number; readonly answer: (news: RoundNews) => void; readonly lose: () => void }[] =
    [];
  const ask = (_: string, __: number, waitMs: number) => {
    const { promise, resolve, reject } = Promise.withResolvers<RoundNews>();
    calls.push({ waitMs, answer: resolve, lose: () => reject(new Error("the object was reset")) });
    return promise;
  };
  return { calls, ask };
}

const MINUTE = 60_000;
const scene = (waking = wokenByLeader) => {
  const openings = new Openings(waking);
  const { calls, ask } = arena();
  const told: string[] = [];
  const wait = (name: string, after: number, waitMs: number) => {
    void openings.until(ask, "cup", after, waitMs).then(() => told.push(name));
  };
  return { openings, calls, told, wait };
};
/** Lets everything run that waits for no time. */
const settle = () => vi.advanceTimersByTimeAsync(0);

test("all who wait are woken by the one call to the Arena", async () => {
  const { calls, told, wait, openings } = scene();
  const names = Array.from({ length: 100 }, (_, n) => `agent ${n}`);
  for (const name of names) wait(name, -1, MINUTE);
  await settle();
  expect([calls.length, told]).toEqual([1, []]);
  calls[0]?.answer({ latest: 0, isOver: false });
  await settle();
  expect(told.toSorted()).toEqual(names.toSorted());
  expect(openings.known("cup")).toBeNull();
});

test("a round wakes those alone to whom it is news, and the end of the tournament wakes all", async () => {
  const { calls, told, wait } = scene();
  wait("leader", 3, MINUTE);
  wait("behind", 3, MINUTE);
  wait("ahead", 4, MINUTE);
  await settle();
  // Whoever has seen a newer round tells by coming. The leader's call is still under way.
  expect(told).toEqual(["behind"]);
  calls[0]?.answer({ latest: 4, isOver: false });
  await settle();
  expect(told).toEqual(["behind", "leader"]);
  expect(calls.length).toBe(2);
  calls[1]?.answer({ latest: 4, isOver: true });
  await settle();
  expect(told).toEqual(["behind", "leader", "ahead"]);
});

test("a leader whose time is up is followed by another one at once", async () => {
  const { calls, told, wait } = scene();
  wait("short", -1, 1000);
  wait("long", -1, MINUTE);
  await settle();
  expect(calls.map(({ waitMs }) => waitMs)).toEqual([1000]);
  await vi.advanceTimersByTimeAsync(1000);
  calls[0]?.answer({ latest: -1, isOver: false });
  await settle();
  expect(told).toEqual(["short"]);
  expect(calls.length).toBe(2);
  calls[1]?.answer({ latest: 0, isOver: false });
  await settle();
  expect(told).toEqual(["short", "long"]);
});

test("a leader that is gone is replaced, and one that loses its Arena asks again", async () => {
  const { calls, told, wait } = scene();
  wait("gone", -1, MINUTE);
  wait("next", -1, MINUTE);
  await settle();
  // The platform has ended the leader's request: its call never answers.
  await vi.advanceTimersByTimeAsync(10_000);
  expect(calls.length).toBe(2);
  calls[1]?.lose();
  await vi.advanceTimersByTimeAsync(1000);
  expect(calls.length).toBe(3);
  calls[2]?.answer({ latest: 0, isOver: false });
  await settle();
  expect(told).toEqual(["next"]);
});

test("where a request can't wake another one, each looks by itself", async () => {
  const { calls, told, wait } = scene({ byLeader: false, watchMs: 200 });
  wait("leader", -1, MINUTE);
  wait("other", -1, MINUTE);
  await settle();
  calls[0]?.answer({ latest: 0, isOver: false });
  await settle();
  expect(told).toEqual(["leader"]);
  await vi.advanceTimersByTimeAsync(200);
  expect(told).toEqual(["leader", "other"]);
  expect(calls.length).toBe(1);
});
