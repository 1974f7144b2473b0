/** A thousand entries in a page: only the rows in view are rendered. */
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { allow, missing, open, stack, useBrowser } from "../support/browser/pages.ts";
import { scroll } from "../support/browser/scroll.ts";

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
        agent_id,
        agent: `Agent ${i}`,
        baseline: false,
        equity: Array.from({ length: 300 }, (_, k) => money(i + (k / 300) * 0.01 * i)),
      })),
    }),
  };

  test("the list renders only the rows in view and scrolls to the end, and the chart draws the best as lines", async () => {
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
    await page.getByText(/The band shows where the other 984 lie/).waitFor();
    await scroll(page, "Leaderboard", "1,000 entries");
    const last = box.locator(`[data-row="${ENTRIES - 1}"]`);
    await last.getByText(lowest.toFixed(2)).first().waitFor();
    expect(await last.getAttribute("aria-rowindex")).toBe(String(ENTRIES + 1));
  });

  function entry(agent_id: string, i: number) {
    return {
      entry_id: agent_id,
      agent_id,
      agent: `Agent ${i}`,
      strategy: "momentum",
      baseline: false,
      status: "active",

      first_round: 0,
      last_round: null,
      cash: "500",
      version: 1,
      recoveries: 0,
      trades: 1,
      joined_at: "2026-01-01T00:00:00Z",
    };
  }
  function place(agent_id: string, i: number) {
    return {
      rank: i + 1,
      rank_change: 0,
      agent_id,
      agent: `Agent ${i}`,
      baseline: false,
      equity: money(i),
      return: 0.01,
      max_drawdown: -0.1,
      sharpe: 1,
      trades: 3,
      fees: "1",
      profit: "5",
      realized_profit: "1",
      win_rate: 0.5,
      closed_trades: 2,
      biggest_win: "1",
      biggest_loss: "-1",
    };
  }
});
