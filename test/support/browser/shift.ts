/** What moves on a page by itself: layout shifts, without those that follow an input. */
import type { Page } from "playwright-core";
import { z } from "zod";

/** The layout shift that a live minute may have. */
const SHIFT_A_MINUTE = 0.01;

const WATCH = `{
  window.shifted = { sum: 0, what: [], from: performance.now() };
  const at = ({ x, y, width, height }) => [x, y, width, height].map(Math.round).join(" ");
  const named = ({ node, previousRect, currentRect }) => {
    const element = node?.nodeType === 3 ? node.parentElement : node;
    return at(previousRect) + " -> " + at(currentRect) + " " + (element?.outerHTML?.slice(0, 160) ?? "gone");
  };
  window.shifts?.disconnect();
  window.shifts = new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      if (entry.hadRecentInput) continue;
      shifted.sum += entry.value;
      shifted.what.push(...entry.sources.map((source) => entry.value.toFixed(5) + " " + named(source)));
    }
  });
  shifts.observe({ type: "layout-shift", buffered: false });
}`;
const shifted = z.object({ sum: z.number(), what: z.array(z.string()), ms: z.number() });

/** From now on. */
export async function watchShifts(page: Page): Promise<void> {
  await page.evaluate(WATCH);
}

/**
 * The layout shifts since `watchShifts`, if together they are more than a page may have in that time. Empty: the page may have them.
 * What is allowed grows with the time that was watched. A change that comes once a minute at most is allowed a whole minute's shift:
 * its test passes `leastMs` of a minute, however short it watched.
 */
export async function movedTooFar(page: Page, leastMs = 0): Promise<string[]> {
  const { sum, what, ms } = shifted.parse(
    await page.evaluate("({ sum: shifted.sum, what: shifted.what, ms: performance.now() - shifted.from })"),
  );
  return sum > (SHIFT_A_MINUTE * Math.max(ms, leastMs)) / 60_000
    ? [`${sum} in ${Math.round(ms / 1000)} s`, ...new Set(what)]
    : [];
}

/** Animations without an end. Pages are opened by somebody who asks for less motion, and each would draw them 60 times a second. */
export async function endless(page: Page): Promise<string[]> {
  return z
    .array(z.string())
    .parse(
      await page.evaluate(
        "document.getAnimations().filter(({ effect }) => effect.getComputedTiming().iterations === Infinity).map(({ animationName }) => animationName)",
      ),
    );
}
