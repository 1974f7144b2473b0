/** What pages show when an answer is missing, old or empty, and in whose time zone. */
import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { allow, missing, open, settled, stack, useBrowser } from "../support/browser/pages.ts";

const PROBLEM = {
  status: 500,
  contentType: "application/problem+json",
  body: JSON.stringify({ status: 500, code: "internal", title: "Internal", detail: "Something broke on our side." }),
};

/** Answers of these paths fail until the returned function is called. Documents are never touched. */
async function failing(page: Page, pattern: RegExp): Promise<() => void> {
  let broken = true;
  await page.route(
    (url) => pattern.test(url.pathname),
    async (route) => {
      const wanted = ["fetch", "xhr"].includes(route.request().resourceType());
      await (broken && wanted ? route.fulfill(PROBLEM) : route.continue());
    },
  );
  return () => {
    broken = false;
  };
}

describe.skipIf(missing)("states", () => {
  useBrowser();

  test('each page of the control room says that the server failed, and loads on "Try again"', async () => {
    allow(/500/);
    const { page } = await open("/signin", { operator: true });
    for (const [path, api, what] of [
      ["/ops/tasks", /^\/tasks$/, "The tasks did not load."],
      ["/ops/errors", /^\/errors$/, "The errors did not load."],
      ["/ops/queues", /^\/queues$/, "The queues did not load."],
      ["/ops/schedules", /^\/schedules$/, "The schedules did not load."],
      ["/ops/agents", /^\/inspect\/entries$/, "The entries did not load."],
      ["/ops/recoveries", /^\/recoveries$/, "The recoveries did not load."],
      ["/ops/candles", /^\/candle-sources$/, "The stored candles did not load."],
      ["/ops/consumers", /^\/consumers$/, "The consumers did not load."],
      ["/ops/registered", /^\/inspect\/registered$/, "The registered tasks did not load."],
      ["/ops/bulk", /^\/bulk$/, "The bulk jobs did not load."],
      ["/ops/audit", /^\/audit$/, "The audit did not load."],
      ["/ops", /^\/inspect\/stats$/, "The figures did not load."],
    ] as const) {
      const mend = await failing(page, api);
      await page.goto(path);
      const fault = page.getByRole("alert").filter({ hasText: what });
      await fault.getByText("Something broke on our side.").waitFor();
      await fault.getByText("/health says which part is down.", { exact: false }).waitFor();
      mend();
      await fault.getByRole("button", { name: "Try again" }).click();
      await fault.waitFor({ state: "detached" });
      await settled(page);
    }
  });

  test('the arena says so too after its own retries, and loads on "Try again"', async () => {
    allow(/500/);
    const { page } = await open("/signin");
    const mend = await failing(page, /\/leaderboard$/);
    await page.goto(`/t/${stack.finished}`);
    const fault = page.getByRole("alert").filter({ hasText: "Something broke on our side." });
    await fault.first().waitFor();
    mend();
    await fault.first().getByRole("button", { name: "Try again" }).click();
    await page.getByRole("group", { name: "Leaderboard" }).locator("tbody tr").first().waitFor();
  });

  test("a control room without answers keeps its data, says that it is old, and recovers by itself", async () => {
    allow(/500/);
    const { page } = await open("/ops/queues", { operator: true });
    const card = page.getByRole("region", { name: /^recovery/ });
    await card.waitFor();
    await page
      .getByRole("status")
      .filter({ hasText: /^Live$/ })
      .waitFor();
    const mend = await failing(page, /^\/queues$/);
    await page
      .getByRole("status")
      .filter({ hasText: /^Reconnecting$/ })
      .waitFor();
    await page.getByText("What is shown may be out of date: Something broke on our side.").waitFor();
    await card.waitFor();
    mend();
    await page
      .getByRole("status")
      .filter({ hasText: /^Live$/ })
      .waitFor();
    expect(await page.getByText("What is shown may be out of date").count()).toBe(0);
  });

  test("an empty page says what to do next", async () => {
    const { page } = await open("/signin", { operator: true });
    await page.route(
      (url) =>
        [
          "/tasks",
          "/errors",
          "/dead-letters",
          "/bulk",
          "/audit",
          "/consumers",
          "/inspect/entries",
          "/tournaments",
        ].includes(url.pathname),
      async (route) => {
        const wanted = ["fetch", "xhr"].includes(route.request().resourceType());
        await (wanted
          ? route.fulfill({ json: { items: [], names: [], next_cursor: null, counts: null } })
          : route.continue());
      },
    );
    for (const [path, title, next] of [
      ["/ops/tasks", "No tasks yet", "Start a tournament"],
      ["/ops/tasks?state=RETRY", "No task matches", "Clear the filter"],
      ["/ops/errors", "Nothing has failed", "A failure stays here for seven days"],
      ["/ops/dead-letters", "No dead letters", "No message was given up on"],
      ["/ops/bulk", "No bulk job yet", "Select tasks, or filter them"],
      ["/ops/audit", "No operator has written anything yet", "Each write leaves a line here"],
      ["/ops/consumers", "No consumer was seen in the last day", "npx wrangler queues info"],
      ["/ops/agents", "No tournament is live", "New tournament"],
      ["/", "No tournament yet", "Make the first one"],
    ] as const) {
      await page.goto(path);
      const empty = page.locator(".empty", { hasText: title });
      await empty.getByText(next, { exact: false }).waitFor();
    }
  });

  test("times are the viewer's own, with the exact one and its zone on hover", async () => {
    const zones = [
      ["Asia/Kolkata", "GMT+5:30"],
      ["America/St_Johns", /GMT-[23]:30/],
    ] as const;
    for (const [zone, name] of zones) {
      const { page } = await open("/ops/audit", { operator: true, zone });
      const time = page.getByRole("group", { name: "Audit" }).locator("time").first();
      const at = new Date((await time.getAttribute("datetime")) ?? "");
      const day = at.toLocaleDateString("en-GB", { day: "numeric", month: "short", timeZone: zone });
      const text = `${day}, ${at.toLocaleTimeString("en-GB", { timeZone: zone })}`;
      expect(await time.textContent()).toMatch(new RegExp(`^${text} (just now|[1-9]\\d* (s|min|h)( \\d+ min)? ago)$`));
      const exact = (await time.getAttribute("title")) ?? "";
      expect(exact).toMatch(name);
      const seconds = at.toLocaleTimeString("en-GB", { timeZone: zone });
      expect(exact).toContain(seconds);
      await page.goto(`/t/${stack.finished}`);
      await page.getByRole("tab", { name: "Decisions" }).click();
      const clock = page.locator(".side-tabs time").first();
      const due = new Date((await clock.getAttribute("datetime")) ?? "");
      expect(await clock.textContent()).toBe(due.toLocaleTimeString("en-GB", { timeZone: zone }));
      expect(await clock.getAttribute("title")).toMatch(name);
    }
  });
});
