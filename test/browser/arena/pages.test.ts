import { describe, expect, test } from "vitest";
import { z } from "zod";
import { allow, missing, open, scan, settled, stack, useBrowser } from "../../support/browser/pages.ts";
import { unvisited } from "../../support/browser/routes.ts";

describe.skipIf(missing)("the arena's pages", () => {
  useBrowser();

  const get = async <T>(path: string, shape: z.ZodType<T>): Promise<T> =>
    shape.parse(await (await fetch(new URL(path, stack.url))).json());
  const board = z.object({
    items: z.array(
      z.looseObject({ agent_id: z.string(), agent: z.string(), equity: z.string(), baseline: z.boolean() }),
    ),
  });

  const pages = () =>
    [
      ["home", "/"],
      ["tournament", `/t/${stack.live}`],
      ["finished", `/t/${stack.finished}`],
      ["entry", `/t/${stack.live}/${stack.evil}`],
      ["agent", `/a/${stack.evil}`],
      ["agents", "/a"],
      ["agent-form", "/a/new"],
      ["agent-change", `/a/${stack.evil}/edit`],
      ["documents", "/docs"],
      ["document", "/docs/rules"],
      ["signin", "/signin"],
      ["join-nothing", "/join"],
      ["new", "/new"],
      ["unknown", "/t/0190aaaa-0000-7000-8000-000000000000"],
      ["nothing", "/no-such-page"],
      ["closed", "/ops"],
    ] as const;

  test("the scan covers every page", () => {
    const paths = pages().map(([, path]) => path);
    expect(unvisited("arena", paths)).toEqual([]);
  });

  test("agents are searched by name or id, and a link keeps the search", async () => {
    const { page } = await open("/a?q=mallory");
    const rows = page.getByRole("group", { name: "Agents" }).locator("tbody tr");
    await rows.filter({ hasText: "Mallory" }).first().waitFor();
    expect(await rows.filter({ hasNotText: "Mallory" }).count()).toBe(0);
    const box = page.getByRole("searchbox", { name: "Search by name or id" });
    expect(await box.inputValue()).toBe("mallory");
    await box.fill(stack.evil.slice(-12));
    await expect.poll(() => rows.count()).toBe(1);
    expect(new URL(page.url()).search).toBe(`?q=${stack.evil.slice(-12)}`);
    await box.fill("zzz");
    await page.getByText("No agent has that in its name or id").waitFor();
  });

  test("axe finds nothing on any page, light and dark, on a desktop and on a phone, and nothing is cut off", async () => {
    allow(/404/);
    const { page } = await open("/signin");
    for (const [name, path] of pages()) {
      await page.goto(path);
      await settled(page);
      await scan(page, path, name);
    }
  }, 300_000);

  test("axe finds nothing behind the tabs, in a round's dialog, and in what operators see", async () => {
    const { page } = await open("/new", { operator: true });
    await page.getByRole("checkbox", { name: /AlphaBot/ }).waitFor();
    await scan(page, "/new", "new-form");
    const behind = async (path: string, tabs: readonly string[]) => {
      await page.goto(path);
      for (const tab of tabs) {
        await page.getByRole("tab", { name: tab }).click();
        await settled(page);
        await scan(page, `${path} ${tab}`);
      }
    };
    await behind(`/t/${stack.live}`, ["Trades", "Positions", "Rules"]);
    await page.locator(".history button").first().click();
    await page.getByRole("dialog").getByText("Snapshot", { exact: false }).first().waitFor();
    await scan(page, "a round");
    await behind(`/t/${stack.live}/${stack.evil}`, ["Positions", "Memory", "Health"]);
    // In the finished tournament it has ordered; in the live one it may only have held so far.
    await page.goto(`/t/${stack.finished}/${stack.evil}`);
    await page.locator("details.decision summary").first().click();
    await page.getByRole("heading", { name: "Thought" }).waitFor();
    await settled(page);
    await scan(page, "a decision");
  });

  test("lines are isolated by their pill, read under the cursor by arrow keys, and shown in percent", async () => {
    const { page } = await open(`/t/${stack.finished}`);
    const pill = page.locator(".pill").first();
    await pill.click();
    expect(await pill.getAttribute("aria-pressed")).toBe("true");
    await page.getByRole("button", { name: "Show all" }).first().click();
    expect(await page.locator(".pill[aria-pressed=true]").count()).toBe(0);
    const plot = page.getByRole("slider", { name: /Equity over time/ });
    await plot.focus();
    await page.keyboard.press("Home");
    await page.locator(".readout").waitFor();
    expect(await plot.getAttribute("aria-valuetext")).toMatch(/^round \d+, /);
    await page.keyboard.press("ArrowRight");
    expect(await plot.getAttribute("aria-valuenow")).toBe("1");
    expect(await page.locator(".readout-row").count()).toBeGreaterThan(5);
    await page.getByRole("radio", { name: "%" }).click();
    await expect.poll(() => page.locator(".pill .num").first().textContent()).toContain("%");
  });

  test("the tabs show trades, decisions with reasoning and snapshot, positions, and the rules with their hash", async () => {
    const { page } = await open(`/t/${stack.finished}`);
    await page.locator("details.decision, details.held").first().waitFor();
    await page.locator("details.held").first().locator("summary").first().click();
    await page.locator("details.decision").first().locator("summary").click();
    await page.getByRole("heading", { name: "Thought" }).first().waitFor();
    await page
      .getByRole("button", { name: "Copy the snapshot's hash" })
      .and(page.getByTitle(/^[0-9a-f]{64}$/))
      .first()
      .waitFor();
    await page.getByRole("tab", { name: "Trades" }).click();
    await page.locator(".trades li").first().waitFor();
    await page.getByRole("tab", { name: "Positions" }).click();
    await page.getByRole("columnheader", { name: "Unrealised" }).waitFor();
    await page.getByRole("tab", { name: "Rules" }).click();
    const { rules_hash } = await get(`/tournaments/${stack.finished}`, z.object({ rules_hash: z.string() }));
    await page.getByRole("button", { name: "Copy the rules' hash" }).and(page.getByTitle(rules_hash)).waitFor();
  });

  test("the leaderboard has every column and the API's own figures", async () => {
    const { page } = await open(`/t/${stack.finished}`);
    const table = page.getByRole("group", { name: "Leaderboard" });
    await table.locator("tbody tr").first().waitFor();
    const tops = "new Set([...document.querySelectorAll('th')].map((th) => th.getBoundingClientRect().top)).size";
    expect(await page.evaluate(tops), "headers stand side by side").toBe(1);
    expect(await table.locator("th").allTextContents()).toEqual([
      ..."Rank,Agent,Equity,Return,Profit,Fees,Win rate,Biggest win,Biggest loss,Trades,Sharpe,Max drawdown".split(","),
    ]);
    const { items } = await get(`/tournaments/${stack.finished}/leaderboard?limit=100`, board);
    const shown = await table.locator("tbody tr td:nth-child(3)").allTextContents();
    expect(shown).toEqual(
      // Cut towards zero, as everywhere.
      items.map(({ equity }) =>
        equity.replace(/^(\d+)(?:\.(\d*))?$/, (_, whole, rest = "") => `${whole}.${rest.padEnd(2, "0").slice(0, 2)}`),
      ),
    );
    await table.getByRole("button", { name: "Trades" }).click();
    const trades = (await table.locator("tbody tr td:nth-child(10)").allTextContents()).map(Number);
    expect(trades).toEqual([...trades].sort((a, b) => b - a));
  });

  test("a finished tournament is replayed, by choosing, stepping and playing, each frame as it was stored", async () => {
    const { page } = await open(`/t/${stack.finished}`);
    const slider = page.getByRole("slider", { name: "Round", exact: true });
    await slider.fill("3");
    await page.getByText("After round 3").waitFor();
    const { items } = await get(`/tournaments/${stack.finished}/leaderboard?round=3&limit=100`, board);
    const names = page.locator("[role=group][aria-label=Leaderboard] tbody .agent-name");
    await expect
      .poll(() => names.allTextContents())
      .toEqual(expect.arrayContaining([expect.stringContaining(items[0]?.agent ?? "")]));
    await expect.poll(async () => (await names.first().textContent())?.endsWith(items[0]?.agent ?? "?")).toBe(true);
    await page.getByRole("button", { name: "The next round" }).click();
    await page.getByText("After round 4").waitFor();
    expect(new URL(page.url()).searchParams.get("round")).toBe("4");
    await slider.fill("0");
    await page.getByRole("radio", { name: "4", exact: true }).click();
    await page.getByRole("button", { name: "Play" }).click();
    await expect.poll(() => slider.inputValue()).not.toBe("0");
    await page.getByRole("button", { name: "Pause" }).click();
    const at = await slider.inputValue();
    await page.getByText(`After round ${at}`).waitFor();
    await page.getByRole("tab", { name: "Positions" }).click();
    await page
      .getByRole("columnheader", { name: "Notional" })
      .or(page.getByText("Nobody holds anything"))
      .first()
      .waitFor();
  });
});
