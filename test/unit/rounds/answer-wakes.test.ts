/** After answers of agents from outside a replay's Arena is woken: not once an answer, and at once after the last one. */
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { sharedWork } from "../../../src/db/shared-work.ts";
import { type DoorPorts, DoorState } from "../../../src/rounds/doors/door-state.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** `awaited`: what the Arena answers, call by call. */
function scene(...awaited: number[]) {
  const doors = new DoorState(sharedWork);
  const looks: PromiseWithResolvers<number>[] = [];
  const takeAnswers = () => {
    const look = Promise.withResolvers<number>();
    looks.push(look);
    return look.promise;
  };
  const ports = { takeAnswers } as unknown as DoorPorts;
  const done: Promise<void>[] = [];
  return {
    looks: () => looks.length,
    answers: (count: number) => {
      for (let n = 0; n < count; n++) done.push(doors.wake(ports, "cup"));
    },
    look: async () => {
      looks.at(-1)?.resolve(awaited.shift() ?? 0);
      await vi.advanceTimersByTimeAsync(0);
    },
    over: () => Promise.all(done),
  };
}

test("a thousand answers cost two looks, and the last one is looked at once it is there", async () => {
  const { looks, answers, look, over } = scene(999, 999, 0);
  answers(1);
  expect(looks()).toBe(1);
  answers(10);
  await look();
  // Most are missing still.
  expect(looks()).toBe(1);
  answers(988);
  await vi.advanceTimersByTimeAsync(100);
  expect(looks()).toBe(1);
  answers(1);
  await vi.advanceTimersByTimeAsync(20);
  expect(looks()).toBe(2);
  await look();
  await over();
  expect(looks()).toBe(2);
});

test("another isolate may have got the answers that are missing here, so the Arena looks now and then", async () => {
  const { looks, answers, look, over } = scene(500, 499, 0);
  answers(2);
  await look();
  await vi.advanceTimersByTimeAsync(180);
  expect(looks()).toBe(1);
  await vi.advanceTimersByTimeAsync(20);
  expect(looks()).toBe(2);
  await look();
  await over();
});

test("an answer that comes during the last look is looked at", async () => {
  const { looks, answers, look, over } = scene(0, 0);
  answers(1);
  answers(1);
  await look();
  expect(looks()).toBe(2);
  await look();
  await over();
  expect(looks()).toBe(2);
});
