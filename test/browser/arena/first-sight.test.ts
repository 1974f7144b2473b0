/** A spectator who comes for the first time: nothing jumps, no page is a dead end, and a link shows what its sender saw. */
import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { allow, missing, open, settled, stack, useBrowser } from "../../support/browser/pages.ts";
import { endless, movedTooFar, watchShifts } from "../../support/browser/shift.ts";

/** So many of the cup's rounds are watched. */
const ROUNDS = 3;

const roundNow = z.object({ current_round: z.object({ number: z.number() }) });
const rankMove = z.object({ items: z.array(z.looseObject({ agent: z.string(), rank_change: z.number().nullable() })) });

describe.skipIf(missing)("at first sight", () => {
  useBrowser();

  const get = async <T>(path: string, shape: z.ZodType<T>): Promise<T> =>
    shape.parse(await (await fetch(new URL(path, stack.url))).json());

  test("nothing jumps on a live page while rounds pass, on a desktop and on a phone", async () => {
    const live = `/t/${stack.live}`;
    // Those that change by themselves.
    const paths = [
      ...["/", `${live}?log=everyone`, `${live}?tab=trades`, `${live}?tab=positions`],
      ...[`/t/${stack.live}/${stack.evil}`, "/a"],
    ];
    const round = async () => (await get(`/tournaments/${stack.live}`, roundNow)).current_round.number;
    // One after the other: live pages that load at the same time leave the rounds no processor.
    for (const phone of [false, true]) {
      const pages: (readonly [string, Page])[] = [];
      for (const path of paths) {
        const { page } = await open(path, { phone });
        await settled(page);
        pages.push([`${path}, ${phone ? "phone" : "desktop"}`, page]);
      }
      for (const [, page] of pages) await watchShifts(page);
      const from = await round();
      await expect.poll(round, { timeout: 400_000, interval: 1000 }).toBeGreaterThan(from + ROUNDS);
      for (const [where, page] of pages) expect.soft(await movedTooFar(page), where).toEqual([]);
      for (const [where, page] of pages) expect.soft(await endless(page), where).toEqual([]);
      // A dot beats on some of them, for those who have not asked for less motion.
      const beating = await Promise.all(pages.map(([, page]) => page.locator(".beats").count()));
      expect(Math.max(...beating)).toBeGreaterThan(0);
      for (const [, page] of pages) await page.close();
    }
  }, 600_000);

  /** The last round of the finished cup in which somebody passed somebody. */
  async function roundWithMove(): Promise<{ round: number; agent: string; from: string }> {
    for (let round = 239; round > 0; round--) {
      const { items } = await get(`/tournaments/${stack.finished}/leaderboard?round=${round}&limit=100`, rankMove);
      const moved = items.find(({ rank_change }) => (rank_change ?? 0) > 0);
      if (moved) return { round, agent: moved.agent, from: `Up by ${moved.rank_change}` };
    }
    throw new Error("nobody ever passed anybody");
  }

  test.each([false, true])(
    "from home to why a rank changed, and back, without a dead end (phone: %s)",
    async (phone) => {
      const { round, agent, from } = await roundWithMove();
      const { page } = await open("/", { phone });
      await page.getByText("Agonus runs trading tournaments between autonomous agents").waitFor();
      expect(await page.getByRole("list", { name: "How it works" }).getByRole("listitem").count()).toBe(4);
      // In the switcher, or in the list below where others have taken its few places.
      await page.locator("a:visible", { hasText: "The short cup" }).first().click();
      await page.getByRole("heading", { level: 1, name: "The short cup" }).waitFor();
      await page.getByText(/^\d+ agents \+ \d+ baselines$/).waitFor();
      await page.getByRole("slider", { name: "Round", exact: true }).fill(String(round));
      await page.getByText(`After round ${round}`, { exact: true }).waitFor();
      const row = page.locator("[role=group][aria-label=Leaderboard] tbody tr", { hasText: agent }).first();
      await row.getByRole("button", { name: new RegExp(`^${from} .*see why$`) }).click();
      const dialog = page.getByRole("dialog", { name: `Round ${round}` });
      const move = dialog.locator(".rank-moves li", { hasText: agent }).first();
      expect(await move.textContent()).toMatch(/\d+ → \d+.*equity [+−]?\d/);
      await dialog.getByText("Rank follows equity").waitFor();
      await dialog.locator(".round-group, .quiet-round").first().waitFor();
      // On to the agent, and from there back to the tournament and home.
      await move.getByRole("link", { name: agent }).click();
      await page.getByRole("heading", { level: 1, name: agent }).waitFor();
      await settled(page);
      await page.getByRole("region", { name: "Decisions" }).waitFor();
      await page
        .getByRole("navigation", { name: "Where this is" })
        .getByRole("link", { name: "The short cup" })
        .click();
      await page.getByRole("heading", { level: 1, name: "The short cup" }).waitFor();
      await page.getByRole("contentinfo").getByRole("link", { name: "Rules" }).click();
      await page.getByRole("heading", { level: 1 }).waitFor();
      await page.locator(".document h2").first().waitFor();
      await page.getByRole("link", { name: "Agonus, to the arena" }).click();
      await page.getByRole("list", { name: "How it works" }).waitFor();
    },
  );

  test("the result of a finished tournament is on its page, and the browser computes its hash again", async () => {
    const { page } = await open(`/t/${stack.finished}`);
    const line = page.locator(".result-line");
    await line.getByText(/ledger exact, [\d,]+ values, checked /).waitFor({ timeout: 600_000 });
    const { result } = await get(
      `/tournaments/${stack.finished}`,
      z.looseObject({ result: z.object({ hash: z.string() }) }),
    );
    await line.getByRole("button", { name: "Copy the result's hash" }).and(page.getByTitle(result.hash)).waitFor();
    await line.getByRole("button", { name: "How to check it yourself" }).click();
    const dialog = page.getByRole("dialog", { name: "Check the result yourself" });
    await dialog
      .getByText(`${stack.url.replace(/\/$/, "")}/tournaments/${stack.finished}/result.jsonl | sha256sum`)
      .waitFor();
    await dialog.getByRole("button", { name: "Recompute the hash in this browser" }).click();
    await dialog.getByRole("status").getByText(`The same: ${result.hash}`).waitFor();
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "hidden" });
    for (const list of ["Leaderboard", "Trades", "Equity"]) {
      const href = await page.locator(".exports").getByRole("link", { name: list }).getAttribute("href");
      const file = await fetch(new URL(href ?? "", stack.url));
      expect([list, file.headers.get("content-type")]).toEqual([list, "text/csv; charset=utf-8"]);
      await file.body?.cancel();
    }
  }, 240_000);

  test("a link shows the agent, tab, unit, baselines and round that its sender saw; keys search, step and help", async () => {
    allow(/404/);
    const { page } = await open(`/t/${stack.live}`);
    await settled(page);
    await page.locator(".pill:not(.base)").first().click();
    await page.getByRole("radio", { name: "%" }).click();
    await page.getByRole("button", { name: "Baselines" }).first().click();
    await page.getByRole("tab", { name: "Positions" }).click();
    await page
      .getByRole("button", { name: /^Round \d+, settled$/ })
      .first()
      .click();
    await page.getByRole("dialog", { name: /^Round \d+$/ }).waitFor();
    const search = new URL(page.url()).searchParams;
    expect([...search.keys()].sort()).toEqual(["agent", "baselines", "round", "tab", "unit"]);
    await page.goto(page.url());
    const dialog = page.getByRole("dialog", { name: `Round ${search.get("round")}` });
    await dialog.waitFor();
    // K is the round before.
    await dialog.getByText("Snapshot").waitFor();
    await page.keyboard.press("k");
    await page.getByRole("dialog", { name: `Round ${Number(search.get("round")) - 1}`, exact: true }).waitFor();
    await page.keyboard.press("Escape");
    await page.locator("dialog[open]").waitFor({ state: "detached" });
    expect(await page.getByRole("tab", { name: "Positions" }).getAttribute("aria-selected")).toBe("true");
    expect(await page.getByRole("radio", { name: "%" }).getAttribute("aria-checked")).toBe("true");
    expect(await page.getByRole("button", { name: "Baselines" }).first().getAttribute("aria-pressed")).toBe("false");
    await expect.poll(() => page.locator(".pill[aria-pressed=true]").count()).toBe(1);
    // Escape shows all lines again.
    await page.keyboard.press("Escape");
    await expect.poll(() => page.locator(".pill[aria-pressed=true]").count()).toBe(0);
    expect(new URL(page.url()).searchParams.has("agent")).toBe(false);
    await page.keyboard.press("?");
    await page.getByRole("dialog", { name: "Keys" }).getByText("The next row", { exact: false }).waitFor();
    await page.keyboard.press("Escape");
    await page.keyboard.press("j");
    const focused = "document.activeElement.closest('tr')?.dataset.row";
    await expect.poll(() => page.evaluate(focused)).toBe("0");
    await page.keyboard.press("j");
    await expect.poll(() => page.evaluate(focused)).toBe("1");
    await page.keyboard.press("/");
    await page.getByRole("heading", { level: 1, name: "Agents" }).waitFor();
    const box = page.getByRole("searchbox");
    await expect.poll(() => box.evaluate((element) => element.matches(":focus"))).toBe(true);
    await page.keyboard.type("alpha");
    await expect.poll(() => new URL(page.url()).search).toBe("?q=alpha");
  });
});
