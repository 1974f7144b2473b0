import { describe, expect, test } from "vitest";
import { z } from "zod";
import {
  allow,
  axe,
  missing,
  open,
  overflow,
  query,
  scan,
  shoot,
  stack,
  useBrowser,
} from "../../support/browser/pages.ts";

describe.skipIf(missing)("the arena, for its operator and by keyboard", () => {
  useBrowser();

  test("a wrong key is refused beside its field; the right key leads back to the page before", async () => {
    allow(/401|403/);
    const { page } = await open("/new");
    await page.getByRole("link", { name: "Sign in" }).last().click();
    const field = page.getByLabel("Operator key");
    await field.fill("not the key");
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.locator(".fault").waitFor();
    expect(await field.getAttribute("aria-invalid")).toBe("true");
    await field.fill(stack.operatorKey);
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "New tournament" }).waitFor();
    expect(new URL(page.url()).pathname).toBe("/new");
    expect(await page.evaluate("document.cookie")).not.toContain("session");
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByText("Only operators make tournaments").waitFor();
  });

  test("a new tournament shows every fault beside its field, then a preview, then its start", async () => {
    allow(/422/);
    const { page } = await open("/new", { operator: true });
    await page.getByLabel("Fee, bps").fill("a lot");
    await page.getByLabel("Starting cash, USDT").fill("-5");
    await page.getByRole("button", { name: "See what will happen" }).click();
    for (const label of ["Name", "Fee, bps", "Starting cash, USDT"]) {
      await expect.poll(() => page.getByLabel(label, { exact: true }).getAttribute("aria-invalid")).toBe("true");
    }
    await page.getByLabel("Name", { exact: true }).fill("Made in the browser");
    await page.getByLabel("Fee, bps").fill("10");
    await page.getByLabel("Starting cash, USDT").fill("1000");
    await page.getByLabel("A round every").selectOption("5");
    await page.getByLabel("Lasts").selectOption("600");
    await page.getByRole("button", { name: "See what will happen" }).click();
    const plan = page.getByRole("region", { name: "What will happen" });
    await plan.waitFor();
    expect(await plan.locator("dd").first().textContent()).toBe("120");
    // Rounds of one minute differ in their seconds.
    expect(await plan.locator("dd time").first().textContent()).toMatch(/ \d\d:\d\d:\d\d$/);
    expect(await axe(page)).toEqual([]);
    await shoot(page, "new-preflight-light");
    await page.getByRole("button", { name: "Make it and start" }).click();
    await page.getByRole("heading", { level: 1, name: "Made in the browser" }).waitFor();
    await page.locator(".chip", { hasText: /^live$/ }).waitFor();
    await page.locator(".round-head strong", { hasText: /Round \d/ }).waitFor();
    await page.getByRole("button", { name: "Pause" }).click();
    await page.locator(".chip", { hasText: "paused" }).waitFor();
    expect(await page.evaluate("document.activeElement.textContent")).toBe("Resume");
    await page.getByRole("button", { name: "Cancel" }).click();
    await page.getByRole("dialog").waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "hidden" });
    await page.getByRole("button", { name: "Cancel" }).click();
    await page.getByRole("button", { name: "Cancel the tournament" }).click();
    await page.locator(".chip", { hasText: "cancelled" }).waitFor();
    await expect.poll(() => page.evaluate("document.activeElement.tagName")).toBe("MAIN");
  });

  test("a replay is chosen from the stored candles, which set the other fields", async () => {
    allow(/422/);
    const gone = "files:taken-away";
    await query(
      `insert into candle_sources (id, kind, name, symbols, interval_seconds, first_open_at, last_open_at)
       values ($1, 'files', 'candles that go', '{BTC-USDT,ETH-BTC}', 7, '2025-03-01T00:00:07Z', '2025-03-02T00:00:00Z')`,
      [gone],
    );
    const { page } = await open("/new", { operator: true, zone: "UTC" });
    await page.getByRole("checkbox", { name: /AlphaBot/ }).waitFor();
    await page.getByLabel("Name", { exact: true }).fill("On stored candles");
    await page.getByRole("radio", { name: "Replay" }).click();
    const source = page.getByLabel("Candle source");
    // The newest imported ones are the default.
    await expect.poll(() => source.inputValue()).toBe(gone);
    expect(await page.getByLabel("A round every").inputValue()).toBe("7");
    expect(await page.getByLabel("First candle to trade on").inputValue()).toBe("2025-03-01T00:14:07");
    const symbols = page.getByRole("group", { name: "Symbols" });
    expect(await symbols.getByRole("checkbox", { name: "BTC-USDT" }).isChecked()).toBe(true);
    expect(await symbols.getByRole("checkbox", { name: "ETH-BTC" }).isChecked()).toBe(false);
    await query("delete from candle_sources where id = $1", [gone]);
    await page.getByRole("button", { name: "See what will happen" }).click();
    await expect.poll(() => source.getAttribute("aria-invalid")).toBe("true");
    await page.locator(".field", { has: source }).getByText("is not imported").waitFor();

    await source.selectOption("synthetic:browser-tests");
    expect(await page.getByLabel("A round every").inputValue()).toBe("300");
    expect(await page.getByLabel("First candle to trade on").inputValue()).toBe("2025-01-01T00:00");
    await scan(page, "/new, a replay", "new-replay");
    await page.getByRole("button", { name: "See what will happen" }).click();
    const plan = page.getByRole("region", { name: "What will happen" });
    await plan.waitFor();
    expect(await plan.locator("dd").first().textContent()).toBe("240");
  });

  test("when clocks change, the form asks which of two equal hours is meant, and refuses a skipped one", async () => {
    const { page } = await open("/new", { operator: true, zone: "Europe/Berlin" });
    await page.getByRole("checkbox", { name: /AlphaBot/ }).waitFor();
    await page.getByLabel("Name", { exact: true }).fill("In the night of the clocks");
    await page.getByLabel("Starts", { exact: true }).selectOption("at");
    const start = page.getByLabel("Start", { exact: true });
    const look = page.getByRole("button", { name: "See what will happen" });
    const asked: unknown[] = [];
    page.on("request", (request) => {
      if (request.method() === "POST")
        asked.push(z.looseObject({ starts_at: z.string() }).parse(request.postDataJSON()));
    });

    await start.fill("2028-03-26T02:30");
    await page
      .getByText("Europe/Berlin skips 02:30 on this day, when the clocks go forward: enter 03:30, for")
      .waitFor();
    await look.click();
    expect(asked).toEqual([]);

    await start.fill("2028-10-29T02:30");
    await page.getByLabel("End", { exact: true }).fill("2028-10-29T04:00");
    const which = page.getByLabel("Start: which of the two");
    expect(await which.locator("option").allTextContents()).toEqual(["the first, UTC+02:00", "the second, UTC+01:00"]);
    await which.selectOption("second");
    await page.getByText("In your time zone: Europe/Berlin, UTC+01:00.").first().waitFor();
    await look.click();
    await page.getByRole("region", { name: "What will happen" }).waitFor();
    const [starts_at, ends_at] = ["2028-10-29T01:30:00.000Z", "2028-10-29T03:00:00.000Z"];
    expect(asked).toMatchObject([{ starts_at, ends_at }]);
  });

  test("without stored candles the form says how to get some, and says so when they don't load", async () => {
    allow(/500/);
    const { page } = await open("/new", { operator: true });
    const answer = { items: [], next_cursor: null };
    await page.route("**/candle-sources*", (route) => route.fulfill({ json: answer }));
    await page.reload();
    await page.getByRole("radio", { name: "Replay" }).click();
    await page.getByText("No candles are stored yet").waitFor();
    await page.unrouteAll();
    await page.route("**/candle-sources*", (route) => route.fulfill({ status: 500, body: "" }));
    await page.reload();
    await page.getByRole("radio", { name: "Replay" }).click();
    await page.getByText("The stored candles did not load.").waitFor();
    await page.unrouteAll();
    await page.getByRole("button", { name: "Try again" }).click();
    await page.getByLabel("Candle source").waitFor();
  });

  test("an entry is run and recovered by hand, and the page says what came of it", async () => {
    const { page } = await open(`/t/${stack.live}/${stack.evil}`, { operator: true });
    await page.getByRole("button", { name: "Run now" }).click();
    await page.locator(".toast", { hasText: /decided|rehearsal/ }).waitFor();
    await page.getByRole("button", { name: "Recover" }).click();
    await page.getByRole("button", { name: "Recover it" }).click();
    await page.locator(".toast", { hasText: "Recovered" }).waitFor();
    await page.getByRole("tab", { name: "Health" }).click();
    await page.getByText("Last decision", { exact: true }).first().waitFor();
    await page.getByRole("tab", { name: "Memory" }).click();
    await page.getByRole("heading", { name: "Last decision" }).waitFor();
    expect(await overflow(page)).toEqual([]);
  });

  test("everything works by keyboard: skip link, tabs, table, dialog, theme", async () => {
    const { page } = await open(`/t/${stack.live}`);
    await page.locator("[role=group][aria-label=Leaderboard] tbody tr").first().waitFor();
    await page.keyboard.press("Tab");
    expect(await page.evaluate("document.activeElement.textContent")).toBe("Skip to content");
    await page.keyboard.press("Enter");
    expect(await page.evaluate("document.activeElement.id")).toBe("main");
    await page.getByRole("tab", { name: "Decisions" }).focus();
    await page.keyboard.press("ArrowRight");
    await page.getByRole("tab", { name: "Positions", selected: true }).waitFor();
    await page.locator(".history button[tabindex='0']").focus();
    await page.keyboard.press("ArrowLeft");
    await page.keyboard.press("Enter");
    await page.getByRole("dialog").waitFor();
    await page.getByRole("dialog").getByText("Snapshot", { exact: false }).first().waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "hidden" });
    await page.getByRole("button", { name: "Dark theme" }).focus();
    await page.keyboard.press("Enter");
    expect(await page.evaluate("document.documentElement.dataset.theme")).toBe("dark");
    const rows = page.locator("[role=group][aria-label=Leaderboard] tbody tr");
    await rows.first().focus();
    await page.keyboard.press("ArrowDown");
    await expect.poll(() => page.evaluate("document.activeElement.dataset.row")).toBe("1");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "Decisions" }).waitFor();
    expect(new URL(page.url()).pathname.split("/")).toHaveLength(4);
    // Reloaded, the chosen theme is there before anything is drawn.
    await page.reload();
    expect(await page.evaluate("document.documentElement.dataset.theme")).toBe("dark");
  });
});
