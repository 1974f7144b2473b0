/** The clock of a page, which the server's frames correct. */
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { currentSecond, setSkew } from "../../../src/dashboard/parts/text/time.tsx";

const NOW = Date.parse("2026-03-01T12:00:00Z");

beforeEach(() => {
  vi.useFakeTimers({ now: NOW });
});
afterEach(() => {
  vi.useRealTimers();
});

/** By how many seconds the page's clock goes before the viewer's, once these frames have come. */
function corrected(...differences: readonly number[]): number {
  for (const difference of differences) setSkew(Date.now() + difference * 1000);
  return (currentSecond() - NOW) / 1000;
}

test("a frame that comes late moves no clock that an earlier one has set right", () => {
  expect(corrected(0, -4, -0.2)).toBe(0);
  expect(corrected(90, 86, 89.9)).toBe(90);
});

test("a viewer's clock that is set while the page is open is followed within eight frames", () => {
  const frames = (difference: number) => Array.from({ length: 8 }, () => difference);
  expect(corrected(...frames(60))).toBe(60);
  expect(corrected(...frames(-3600))).toBe(-3600);
  expect(corrected(0.5)).toBe(0);
});
