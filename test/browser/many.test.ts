/** Long lists in a page: only the rows in view are made, whatever there is. */
import type { Page } from "playwright-core";
import { beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { manyTasks } from "../task-rows.ts";
import { allow, missing, open, query, stack, useBrowser } from "./pages.ts";

/** To the end in 120 frames, and says how long each took. */
async function scroll(page: Page, label: string, what: string): Promise<void> {
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

describe.skipIf(missing)("ten thousand tasks", () => {
  useBrowser();
  const TASKS = 10_000;
  beforeAll(async () => {
    // All of the day before yesterday: what runs meanwhile is newer.
    await manyTasks(query, { rows: TASKS, days: 3, newestDay: 1 });
    return () => query("delete from tasks where args ? 'number'").then(() => {});
  });

  test("the list holds them all, makes only the rows in view, and scrolls to the oldest", async () => {
    const midnight = new Date();
    midnight.setUTCHours(-24, 0, 0, 0);
    const { page } = await open(`/ops/tasks?until=${midnight.toISOString()}`, { operator: true });
    const box = page.getByRole("group", { name: "Tasks" });
    const rows = box.locator("tbody tr[data-row]");
    await rows.nth(5).waitFor();
    const more = box.getByRole("button", { name: "Load more" });
    for (let loaded = 100; loaded < TASKS; loaded += 100) {
      await more.evaluate((button) => button.click());
      await page.getByText(`${loaded + 100} shown`, { exact: true }).waitFor();
    }
    expect(await more.count()).toBe(0);
    expect(await box.locator("table").getAttribute("aria-rowcount")).toBe(String(TASKS + 1));
    expect(await rows.count()).toBeLessThan(80);
    await scroll(page, "Tasks", "10,000 tasks");
    // Rows are made in their order by time: the first one is the oldest.
    await box.locator(`[data-row="${TASKS - 1}"]`, { hasText: '"number":0' }).waitFor();
    expect(await rows.count()).toBeLessThan(80);
    expect(await box.locator(`[data-row="${TASKS - 1}"]`).getAttribute("aria-rowindex")).toBe(String(TASKS + 1));
  });
});

describe.skipIf(missing)("a thousand entries", () => {
  useBrowser();

  const ENTRIES = 1000;
  const ids = Array.from({ length: ENTRIES }, (_, i) => `01900000-0000-7000-8000-${String(i).padStart(12, "0")}`);
  const lowest = Math.min(...ids.map((_, i) => 500 + Math.sin(i) * 50));
  const money = (i: number) => (500 + Math.sin(i) * 50).toFixed(2);
  const answers: Readonly<Record<string, (real: unknown) => unknown>> = {
    agents: () => ({ items: ids.map((agent_id, i) => entry(agent_id, i)), next_cursor: null }),
    leaderboard: () => ({
      items: ids.map((agent_id, i) => place(agent_id, i)).sort((a, b) => Number(b.equity) - Number(a.equity)),
      next_cursor: null,
    }),
    positions: () => ({ items: [], next_cursor: null }),
    equity: (real) => ({
      ...z.looseObject({}).parse(real),
      rounds: Array.from({ length: 300 }, (_, i) => i),
      times: Array.from({ length: 300 }, (_, i) => new Date(1.7e12 + i * 60_000).toISOString()),
      series: ids.map((agent_id, i) => ({
        ...{ agent_id, agent: `Agent ${i}`, baseline: false },
        equity: Array.from({ length: 300 }, (_, k) => money(i + (k / 300) * 0.01 * i)),
      })),
    }),
  };

  test("the list makes only the rows in view, scrolls smoothly to the end, and the chart draws the best as lines", async () => {
    allow(/404/);
    const { page } = await open("/signin");
    await page.route(/\/tournaments\/[^/]+\/(agents|leaderboard|positions|equity)/, async (route) => {
      const what = /\/(agents|leaderboard|positions|equity)/.exec(route.request().url())?.[1] ?? "";
      const real: unknown = what === "equity" ? await (await route.fetch()).json() : null;
      await route.fulfill({ json: answers[what]?.(real) });
    });
    await page.goto(`/t/${stack.finished}`);
    const box = page.getByRole("group", { name: "Leaderboard" });
    await box.locator("tbody tr").nth(5).waitFor();
    expect(await box.locator("tbody tr").count()).toBeLessThan(60);
    expect(await box.locator("table").getAttribute("aria-rowcount")).toBe(String(ENTRIES + 1));
    await page.getByText(/the band is where the other 984 lie/).waitFor();
    await scroll(page, "Leaderboard", "1,000 entries");
    const last = box.locator(`[data-row="${ENTRIES - 1}"]`);
    await last.getByText(lowest.toFixed(2)).first().waitFor();
    expect(await last.getAttribute("aria-rowindex")).toBe(String(ENTRIES + 1));
  });

  function entry(agent_id: string, i: number) {
    return {
      ...{ entry_id: agent_id, agent_id, agent: `Agent ${i}`, strategy: "momentum", baseline: false, status: "active" },
      ...{
        first_round: 0,
        last_round: null,
        cash: "500",
        version: 1,
        recoveries: 0,
        trades: 1,
        joined_at: "2026-01-01T00:00:00Z",
      },
    };
  }
  function place(agent_id: string, i: number) {
    return {
      ...{
        rank: i + 1,
        rank_change: 0,
        agent_id,
        agent: `Agent ${i}`,
        baseline: false,
        equity: money(i),
        return: 0.01,
      },
      ...{ max_drawdown: -0.1, sharpe: 1, trades: 3, fees: "1", profit: "5", realized_profit: "1", win_rate: 0.5 },
      ...{ closed_trades: 2, biggest_win: "1", biggest_loss: "-1" },
    };
  }
});
