/** Every page of the control room as it looks: in both themes, at both sizes. */
import { beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import {
  allow,
  brokenTasks,
  enqueue,
  failedTask,
  follow,
  missing,
  NOBODY,
  open,
  overflow,
  post,
  scan,
  settled,
  useBrowser,
} from "../../support/browser/pages.ts";
import { unvisited } from "../../support/browser/routes.ts";

const schedules = z.looseObject({ items: z.array(z.looseObject({})) });

describe.skipIf(missing)("the control room's pages", () => {
  useBrowser();
  let failed = "";
  let waiting = "";
  let bulk = "";
  beforeAll(async () => {
    failed = await failedTask();
    await brokenTasks("a page of errors", 1);
    waiting = await enqueue("check_tournament_transitions", {}, { countdown: 3000 });
    const dry = { action: "retry", ids: [failed], args: { countdown: 3600 } };
    bulk = (await post("/bulk", dry, z.looseObject({ bulk_id: z.string() }))).bulk_id;
  });

  const pages = (): readonly (readonly [path: string, heading: string])[] => [
    ["/ops", "Control room"],
    ["/ops/tasks", "Tasks"],
    [`/ops/tasks/${failed}`, "run_agent_decision"],
    [`/ops/tasks/${waiting}`, "check_tournament_transitions"],
    ["/ops/errors", "Errors"],
    ["/ops/queues", "Queues"],
    ["/ops/dead-letters", "Dead letters"],
    ["/ops/schedules", "Schedules"],
    ["/ops/schedules/update_tournament_rankings", "update_tournament_rankings"],
    ["/ops/agents", "Agents"],
    ["/ops/recoveries", "Recoveries"],
    ["/ops/candles", "Candles"],
    ["/ops/consumers", "Consumers"],
    ["/ops/registered", "Registered tasks"],
    ["/ops/registered/cleanup_old_results", "cleanup_old_results"],
    ["/ops/bulk", "Bulk jobs"],
    [`/ops/bulk/${bulk}`, "retry 1 task"],
    ["/ops/audit", "Audit"],
    ["/ops/keys", "Keys"],
    [`/ops/tasks/${NOBODY}`, "Task"],
    ["/ops/no-such-page", "Nothing here"],
  ];

  test("the scan covers every page", () => {
    const paths = pages().map(([path]) => path);
    expect(unvisited("ops", paths)).toEqual([]);
  });

  test("axe finds nothing on any page, light and dark, on a desktop and on a phone, and nothing is cut off", async () => {
    allow(/404/);
    const { page } = await open("/signin", { operator: true });
    for (const [path, heading] of pages()) {
      await follow(page, path, heading);
      await scan(
        page,
        path,
        path
          .slice(1)
          .replace(/\/[0-9a-f-]{36}$/, "-one")
          .replaceAll("/", "-"),
      );
    }
  });

  test.each([
    ["a desktop", 1440],
    ["a small desktop", 1280],
    ["a phone", 360],
  ])("no row of the schedules grows, whatever became of its ticks, on %s", async (_, width) => {
    const { page } = await open("/signin", { operator: true });
    await page.setViewportSize({ width, height: 1000 });
    const at = "2026-01-01T12:00:00.000Z";
    const task = { task_id: failed, task_state: "SUCCESS" };
    const tick = { due_at: at, fired_at: "2026-01-01T12:01:39.000Z", fired_by: "cron", reason: null, ...task };
    const answers = [
      { last: null, last_by_hand: null },
      { last: { ...tick, outcome: "fired", fired_at: at, task_state: "PENDING" }, last_by_hand: null },
      { last: { ...tick, outcome: "late" }, last_by_hand: { at, ...task } },
      { last: { ...tick, outcome: "coalesced", task_id: null, task_state: null }, last_by_hand: { at, ...task } },
    ];
    let without: number[] | null = null;
    for (const answer of answers) {
      await page.route(
        (url) => url.pathname === "/schedules",
        async (route) => {
          if (route.request().resourceType() !== "fetch") return route.continue();
          const response = await route.fetch();
          const { items, ...rest } = schedules.parse(await response.json());
          await route.fulfill({ response, json: { ...rest, items: items.map((item) => ({ ...item, ...answer })) } });
        },
      );
      await page.goto("/ops/schedules");
      const rows = page.getByRole("group", { name: "Schedules" }).locator("tbody tr");
      await rows
        .getByText(answer.last?.outcome ?? "none yet")
        .first()
        .waitFor();
      // Before its fonts are there, words are wider.
      await page.evaluate("Promise.all([...document.fonts].map((font) => font.load())).then(() => null)");
      const heights = () => rows.evaluateAll((all) => all.map((row) => row.clientHeight));
      without ??= await heights();
      // Polled, because on a busy machine a row may still be drawn.
      await expect.poll(heights).toEqual(without);
      expect(await overflow(page)).toEqual([]);
      await page.unrouteAll({ behavior: "ignoreErrors" });
    }
  });

  test.each([
    [{ success: 10, failure: 0, missed: 0 }, [1, 0, 0, 0]],
    [{ success: 4, failure: 3, missed: 2 }, [0.4, 0.3, 0.2, 0.1]],
  ])("the bar of outcomes has a part for each that is as wide as its share: %o", async (outcomes, shares) => {
    const { page } = await open("/signin", { operator: true });
    await page.route(
      (url) => url.pathname === "/inspect/stats",
      async (route) => {
        const response = await route.fetch();
        const stats = z.looseObject({ recent: z.looseObject({}) }).parse(await response.json());
        const revoked = 10 - outcomes.success - outcomes.failure - outcomes.missed;
        await route.fulfill({
          response,
          json: { ...stats, recent: { ...stats.recent, ...outcomes, tasks: 10, revoked } },
        });
      },
    );
    await page.goto("/ops");
    const bar = page.locator(".split");
    await bar.waitFor();
    const [whole = 0] = await bar.evaluateAll((all) => all.map((part) => part.clientWidth));
    const widths = await bar.locator("> *").evaluateAll((all) => all.map((part) => part.getBoundingClientRect().width));
    // The gaps between parts take three pixels.
    expect(widths.map((width) => Math.round((width / whole) * 20) / 20)).toEqual(shares);
    await page.unrouteAll({ behavior: "ignoreErrors" });
  });

  test("axe finds nothing in the dialogs", async () => {
    const { page } = await open(`/ops/tasks/${failed}`, { operator: true });
    await settled(page, "run_agent_decision");
    await page.getByRole("button", { name: "Edit and run again" }).click();
    await page.getByRole("dialog").waitFor();
    await scan(page, "edit and run again");
    await page.goto("/ops/errors");
    await page
      .getByRole("button", { name: /^Retry (it|all)/ })
      .first()
      .click();
    await page.getByText("Nothing is done yet").waitFor();
    await scan(page, "retry all");
    await page.goto("/ops/queues");
    await page
      .getByRole("region", { name: /^agents/ })
      .getByRole("button", { name: "Purge" })
      .click();
    await page.getByRole("dialog").getByRole("checkbox").waitFor();
    await settled(page);
    await scan(page, "purge");
    await page.goto("/ops/audit");
    await page.getByRole("group", { name: "Audit" }).getByRole("row").nth(1).click();
    await page.getByRole("dialog").getByRole("region", { name: "The record" }).waitFor();
    await scan(page, "audit");
  });
});
