/** Waiting for work, but not for ever. */
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { within } from "../../../src/engine/within.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test("work that ends in time gives what it has, or its fault, and leaves no timer", async () => {
  expect(await within(1000, Promise.resolve(7), null)).toBe(7);
  await expect(within(1000, Promise.reject(new Error("broken")), null)).rejects.toThrow("broken");
  expect(vi.getTimerCount()).toBe(0);
});

test("work that does not is left alone, whatever becomes of it", async () => {
  const work = Promise.withResolvers<number>();
  const answer = within(1000, work.promise, "late");
  await vi.advanceTimersByTimeAsync(1000);
  expect(await answer).toBe("late");
  work.reject(new Error("nobody hears this"));
  await expect(work.promise).rejects.toThrow("nobody");
});
