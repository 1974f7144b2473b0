import type { Page } from "playwright-core";
import { expect } from "vitest";
import { z } from "zod";

/** Scrolls to the end in 120 frames, and returns how long each took. */
export async function scroll(page: Page, label: string, what: string): Promise<void> {
  await page.getByRole("group", { name: label }).scrollIntoViewIfNeeded();
  const frames = z.array(z.number()).parse(
    await page.evaluate(`new Promise((done) => {
      const box = document.querySelector("[role=group][aria-label=${label}]");
      const frames = [];
      let last = performance.now();
      const step = (n) => requestAnimationFrame((now) => {
        frames.push(now - last);
        last = now;
        box.scrollTop = (box.scrollHeight * n) / 120;
        if (n < 122) step(n + 1); else done(frames.slice(1));
      });
      step(0);
    })`),
  );
  const sorted = frames.toSorted((a, b) => a - b);
  const at = (share: number) => (sorted[Math.floor(sorted.length * share)] ?? 0).toFixed(1);
  console.log(
    `Scrolling ${what}: frames of ${at(0.5)} ms at the median, ${at(0.95)} ms at p95, ${at(0.999)} ms at most.`,
  );
  expect(await page.evaluate("document.querySelectorAll('tbody tr').length")).toBeLessThan(100);
}
