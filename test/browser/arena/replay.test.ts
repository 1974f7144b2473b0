/** A finished tournament, round by round: each frame shows what the API has stored, at any speed. */
import type { Page } from "playwright-core";
import { beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { leaderboardItem } from "../../../src/api/arena-answers.ts";
import { moneyText, priceText } from "../../../src/dashboard/parts/text/number-text.ts";
import { missing, open, stack, useBrowser } from "../../support/browser/pages.ts";

const trade = z.looseObject({
  round: z.number(),
  agent_id: z.string(),
  agent: z.string(),
  symbol: z.string(),
  cash_change: z.string(),
});
const round = z.looseObject({
  snapshot: z.looseObject({ hash: z.string() }),
  quote: z.record(z.string(), z.object({ bid: z.string(), ask: z.string(), mid: z.string() })),
  decisions: z.array(z.looseObject({ agent: z.string(), outcome: z.string() })),
  missed: z.array(z.unknown()),
});

async function get<T>(path: string, shape: z.ZodType<T>): Promise<T> {
  return shape.parse(await (await fetch(new URL(path, stack.url))).json());
}

async function all<T>(path: string, shape: z.ZodType<T>): Promise<T[]> {
  const page = z.object({ items: z.array(shape), next_cursor: z.string().nullable() });
  const items: T[] = [];
  for (let cursor: string | null = ""; cursor !== null; ) {
    const read: z.infer<typeof page> = await get(`${path}limit=100${cursor && `&cursor=${cursor}`}`, page);
    items.push(...read.items);
    cursor = read.next_cursor;
  }
  return items;
}

describe.skipIf(missing)("a replay", () => {
  useBrowser();
  const cup = `/tournaments/${stack.finished}`;
  let last = 0;
  let cash = 0;
  let trades: z.infer<typeof trade>[] = [];

  beforeAll(async () => {
    const rounds = await all(`${cup}/rounds?`, z.looseObject({ number: z.number() }));
    last = Math.max(...rounds.map(({ number }) => number));
    // More rounds and trades than one page of the API holds.
    expect(rounds.length).toBeGreaterThan(100);
    trades = await all(`/trades?tournament_id=${stack.finished}&`, trade);
    expect(trades.length).toBeGreaterThan(100);
    cash = Number((await get(cup, z.looseObject({ starting_cash: z.string() }))).starting_cash);
  });

  const bar = (page: Page) => page.getByRole("region", { name: "Replay" });
  const slider = (page: Page) => page.getByRole("slider", { name: "Round", exact: true });
  const column = async (page: Page, label: string, n: number) =>
    page.getByRole("group", { name: label }).locator(`tbody tr td:nth-child(${n})`).allTextContents();

  /** Compares the shown board, prices, decisions, trades and positions with the API's data of the round. */
  async function isAsStored(page: Page, n: number): Promise<void> {
    await page.getByText(`After round ${n}`, { exact: true }).waitFor();
    const where = `round ${n}`;
    const { items } = await get(
      `${cup}/leaderboard?round=${n}&limit=100`,
      z.object({ items: z.array(leaderboardItem) }),
    );
    const names = page.getByRole("group", { name: "Leaderboard" }).locator("tbody .agent-name");
    expect(
      (await names.allTextContents()).map((name, i) => name.endsWith(items[i]?.agent ?? "?")),
      where,
    ).toEqual(items.map(() => true));
    expect(await column(page, "Leaderboard", 3), where).toEqual(items.map(({ equity }) => moneyText(equity)));
    expect(await column(page, "Leaderboard", 10), where).toEqual(items.map((item) => String(item.trades)));

    const stored = await get(`${cup}/rounds/${n}`, round);
    const tab = page.getByRole("tabpanel");
    await page.getByRole("tab", { name: "Decisions" }).click();
    await tab.getByText(`Round ${n}`, { exact: true }).waitFor();
    await tab
      .getByRole("button", { name: "Copy the snapshot's hash" })
      .and(page.getByTitle(stored.snapshot.hash))
      .waitFor();
    const quotes = Object.values(stored.quote);
    for (const { bid, ask } of quotes) await tab.getByText(`${priceText(bid)} / ${priceText(ask)}`).waitFor();
    const prices = await page.getByRole("list", { name: "Prices" }).locator(".num").allTextContents();
    expect([...prices].sort(), where).toEqual(quotes.map(({ mid }) => priceText(mid)).sort());
    const made = stored.decisions.filter(({ outcome }) => outcome === "made").map(({ agent }) => agent);
    const cards = tab.locator(".tab-pad .round-group > details.decision .agent-name");
    const shown = (await cards.allTextContents()).filter((name) => made.some((agent) => name.endsWith(agent)));
    expect(shown.length, where).toBe(made.length);

    const before = trades.filter((each) => each.round <= n);
    await page.getByRole("tab", { name: "Trades" }).click();
    if (before.length === 0) await tab.getByText("No trades up to this round").waitFor();
    else {
      const lines = tab.locator(".trades > li:has(.trade-line)");
      await lines.first().waitFor();
      expect(await lines.count(), where).toBe(Math.min(100, before.length));
      expect(await lines.first().textContent(), where).toContain(`Round ${before[0]?.round}`);
      if (before.length > 100) await tab.getByText(`and ${before.length - 100} before them`).waitFor();
    }

    // Past positions are not stored: with the cash after the fills they must add up to the stored equity.
    await page.getByRole("tab", { name: "Positions" }).click();
    await tab
      .getByRole("columnheader", { name: "Notional" })
      .or(tab.getByText("Nobody holds anything"))
      .first()
      .waitFor();
    const holders = await tab.locator("tbody tr td:nth-child(1)").allTextContents();
    const worth = (await tab.locator("tbody tr td:nth-child(4)").allTextContents()).map((text) =>
      Number(text.replaceAll(",", "")),
    );
    for (const { agent, agent_id, equity } of items) {
      const left = before
        .filter((each) => each.agent_id === agent_id)
        .reduce((sum, each) => sum + Number(each.cash_change), cash);
      const held = worth.filter((_, i) => holders[i]?.endsWith(agent)).reduce((sum, each) => sum + each, 0);
      expect(Math.abs(left + held - Number(equity)), `${agent}, ${where}`).toBeLessThan(0.02);
    }
    await page.getByRole("tab", { name: "Decisions" }).click();
  }

  test("the first, the middle and the last round, and those around the hundredth from the end, are shown as stored", async () => {
    const { page } = await open(`/t/${stack.finished}`);
    await page.getByText(`After round ${last}`, { exact: true }).waitFor();
    const edge = last - 99;
    for (const n of [0, Math.floor(last / 2), edge - 1, edge, last]) {
      await slider(page).fill(String(n));
      await bar(page).getByText(`Round ${n} of ${last}`).waitFor();
      await isAsStored(page, n);
      expect(new URL(page.url()).searchParams.get("round")).toBe(String(n));
    }
    // The address leads to the same frame.
    await page.goto(`/t/${stack.finished}?round=1`);
    await isAsStored(page, 1);
  });

  test("a frame that is still being read is not shown as the current one", async () => {
    const { page } = await open("/signin");
    const gates = { 3: Promise.withResolvers<void>(), 7: Promise.withResolvers<void>() };
    await page.route(/\/leaderboard\?.*round=[37]\b/, async (route) => {
      await gates[/round=3\b/.test(route.request().url()) ? 3 : 7].promise;
      await route.continue();
    });
    await page.goto(`/t/${stack.finished}?round=3`);
    // No frame was read before this one: the board below is empty.
    await page.getByText("Round 3 is being read", { exact: true }).waitFor();
    expect(await page.getByText("After round 3").count()).toBe(0);
    gates[3].resolve();
    await page.getByText("After round 3", { exact: true }).waitFor();
    await slider(page).fill("7");
    // The board below is that of round 3.
    await page.getByText("Round 7 is being read", { exact: true }).waitFor();
    expect(await page.getByText("After round 7").count()).toBe(0);
    gates[7].resolve();
    await isAsStored(page, 7);
  });

  test("older rounds join the newest without a gap, and a round that two answers share is complete", async () => {
    const { page } = await open(`/t/${stack.finished}?log=everyone`);
    const list = page.locator(".decision-list");
    const headings = list.locator(".round-group > h3, .quiet-round > summary");
    /** Each line's rounds, the newest first: "Rounds 3–5" is three. */
    const lines = async () =>
      (await headings.locator("> .num").allTextContents()).map((text) => {
        const [from = 0, to = from] = (text.match(/\d+/g) ?? []).map(Number);
        return Array.from({ length: to - from + 1 }, (_, i) => to - i);
      });
    await headings.first().waitFor();
    for (let pages = 1; pages < 4; pages++) {
      const before = (await lines()).flat().length;
      await list.getByRole("button", { name: "Older rounds" }).click();
      await expect.poll(async () => (await lines()).flat().length).toBeGreaterThan(before);
    }
    const shown = await lines();
    expect(shown.flat()).toEqual(shown.flat().map((_, i) => last - i));
    const told = await headings.locator("> span:nth-child(2)").allTextContents();
    // The oldest too: a round that goes on behind what is loaded is not told yet.
    for (const [i, rounds] of shown.entries()) {
      const words = [...(told[i] ?? "").matchAll(/(\d+) (?:ordered|held|hold)/g)].map(([, count]) => Number(count));
      for (const n of rounds) {
        const { counts } = await get(
          `${cup}/rounds/${n}`,
          z.looseObject({ counts: z.looseObject({ decided: z.number() }) }),
        );
        expect(
          words.reduce((sum, count) => sum + count, 0),
          `${told[i]}`,
        ).toBe(counts.decided);
      }
    }
  });

  test("the player shows every frame completely at each speed, pauses in place, and stops at the end", async () => {
    const { page } = await open("/signin");
    await page.clock.install();
    await page.goto(`/t/${stack.finished}`);
    await slider(page).waitFor();
    await page.evaluate(`{
      window.frames = [];
      const look = () => {
        const at = Number(document.querySelector("input[aria-label=Round]").value);
        const told = [...document.querySelectorAll(".card .soft.small")].some((e) => e.textContent === "After round " + at);
        const now = performance.now();
        if (frames.at(-1)?.at !== at) frames.push({ at, told, now });
      };
      new MutationObserver(look).observe(document.body, { subtree: true, childList: true, characterData: true, attributes: true });
    }`);
    const frames = z.array(z.object({ at: z.number(), told: z.boolean(), now: z.number() }));
    const shown = async () => frames.parse(await page.evaluate("frames"));
    const play = page.getByRole("button", { name: "Play" });
    const pause = page.getByRole("button", { name: "Pause" });
    /** The page's clock moves by these steps alone, while answers come in their own time. */
    const tick = () => page.clock.runFor(50);
    for (const [speed, stride, frameMs, from] of [
      [1, 1, 1000, 0],
      [4, 1, 250, 0],
      [16, 4, 250, 0],
      [64, 16, 250, last - 50],
    ] as const) {
      await slider(page).fill(String(from));
      await page.getByText(`After round ${from}`, { exact: true }).waitFor();
      await page.getByRole("radio", { name: `${speed}`, exact: true }).click();
      await page.clock.pauseAt(Number(await page.evaluate("Date.now()")) + 1000);
      await page.evaluate("frames.length = 0");
      await play.click();
      const enough = speed === 1 ? 3 : 4;
      while ((await shown()).length < enough) await tick();
      if (speed === 64) while (!(await play.isVisible())) await tick();
      else await pause.click();
      const seen = (await shown()).filter(({ at }) => at > from);
      expect(
        seen.map(({ at }) => at),
        `${speed}×`,
      ).toEqual(seen.map((_, i) => Math.min(last, from + (i + 1) * stride)));
      expect(
        seen.every(({ told }) => told),
        `${speed}×: each frame was whole when it was shown`,
      ).toBe(true);
      // No faster than it says; a slow answer makes it slower.
      const gaps = seen.slice(1).map(({ now }, i) => now - (seen[i]?.now ?? 0));
      expect(Math.min(...gaps), `${speed}×`).toBeGreaterThanOrEqual(frameMs);
      const at = await slider(page).inputValue();
      if (speed === 64) expect(at).toBe(String(last));
      await page.clock.runFor(5 * frameMs);
      expect(await slider(page).inputValue(), "it stands").toBe(at);
      expect(new URL(page.url()).searchParams.get("round")).toBe(at);
      await page.clock.resume();
    }
    await isAsStored(page, last);
  });

  test("the player works by keyboard: any round, forward, back, both ends, play and pause", async () => {
    const { page } = await open(`/t/${stack.finished}?round=5`);
    await page.getByText("After round 5", { exact: true }).waitFor();
    await slider(page).focus();
    for (const [key, at] of [
      ["ArrowRight", 6],
      ["ArrowLeft", 5],
      ["Home", 0],
      ["ArrowLeft", 0],
      ["End", last],
      ["ArrowRight", last],
    ] as const) {
      await page.keyboard.press(key);
      await page.getByText(`After round ${at}`, { exact: true }).waitFor();
      expect(await slider(page).getAttribute("aria-valuetext")).toBe(`Round ${at} of ${last}`);
    }
    await page.keyboard.press("Home");
    await page.getByText("After round 0", { exact: true }).waitFor();
    await page.getByRole("radio", { name: "4", exact: true }).focus();
    await page.keyboard.press("ArrowRight");
    const faster = page.getByRole("radio", { name: "16", exact: true });
    await expect.poll(() => faster.evaluate((element) => element.matches(":focus"))).toBe(true);
    await page.keyboard.press("Space");
    await expect.poll(() => faster.getAttribute("aria-checked")).toBe("true");
    await page.getByRole("button", { name: "Play" }).focus();
    await page.keyboard.press("Space");
    await expect.poll(() => slider(page).inputValue()).not.toBe("0");
    await page.keyboard.press("Enter");
    await page.getByRole("button", { name: "Play" }).waitFor();
    const at = Number(await slider(page).inputValue());
    expect(at % 4).toBe(0);
    await isAsStored(page, at);
  });
});
