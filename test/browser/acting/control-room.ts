import { beforeAll, describe, expect, test } from "vitest";
import { allow, enqueue, failedTask, missing, NOBODY, open, stack, useBrowser } from "../../support/browser/pages.ts";

describe.skipIf(missing)("the control room", () => {
  useBrowser();
  let failed = "";
  let waiting: string[] = [];
  beforeAll(async () => {
    failed = await failedTask();
    waiting = [];
    for (let i = 0; i < 3; i++) waiting.push(await enqueue("cleanup_old_results", {}, { countdown: 3600 + i }));
  });

  test("without the key the control room shows nothing, sends nothing, and says how to sign in", async () => {
    const { page, asked } = await open("/ops/tasks");
    await page.getByText("The control room is for operators").waitFor();
    expect(new Set(asked)).toEqual(new Set(["GET /session"]));
    await page.getByRole("main").getByRole("link", { name: "Sign in" }).click();
    await page.getByLabel("Operator key").fill(stack.operatorKey);
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { level: 1, name: "Tasks" }).waitFor();
  });

  test("tasks are found by state, by text and by an argument; the link keeps the filter", async () => {
    const { page } = await open("/ops/tasks", { operator: true });
    await page.getByRole("button", { name: /^FAILURE/ }).click();
    await page.locator("tbody tr", { hasText: "entry.not_found" }).first().waitFor();
    expect(new URL(page.url()).search).toBe("?state=FAILURE");
    await page.getByLabel("Search", { exact: true }).fill(`args.agent_id=${NOBODY}`);
    await page.keyboard.press("Enter");
    await page.locator("tbody tr", { hasText: failed.slice(-8) }).waitFor();
    await page.reload();
    await page.locator("tbody tr", { hasText: failed.slice(-8) }).waitFor();
    await page.getByLabel("Search", { exact: true }).fill("xy");
    await page.keyboard.press("Enter");
    await page.getByText("Text needs three characters.").waitFor();
    await page.getByLabel("Search", { exact: true }).fill("nothing that anybody wrote");
    await page.keyboard.press("Enter");
    await page.getByText("No task matches", { exact: true }).waitFor();
    await page.getByRole("button", { name: "Clear the filter" }).click();
    await page.locator("tbody tr").first().waitFor();
    expect(new URL(page.url()).search).toBe("");
  });

  test("a bulk action shows first what it would touch, then runs as a job with its progress", async () => {
    const { page } = await open("/ops/tasks?name=cleanup_old_results&state=PENDING", { operator: true });
    await page.getByRole("checkbox", { name: new RegExp(waiting[0] ?? "") }).check();
    await page.getByRole("button", { name: "Cancel 1" }).click();
    await page.getByText("Nothing is done yet").waitFor();
    await page.getByRole("button", { name: "Do nothing" }).click();
    await page.getByRole("checkbox", { name: new RegExp(waiting[0] ?? "") }).uncheck();
    await page.getByRole("button", { name: "Cancel all that match" }).click();
    await page.getByRole("button", { name: "Cancel 3 tasks" }).click();
    await page.getByRole("heading", { level: 1, name: "cancel 3 tasks" }).waitFor();
    await page.locator(".page-head .chip", { hasText: "done" }).waitFor({ timeout: 120_000 });
    await page.goto("/ops/bulk");
    await page.locator("tbody tr", { hasText: "cleanup_old_results" }).first().waitFor();
    await page.goto("/ops/tasks");
    await page.locator("tbody tr").first().waitFor();
    expect(await page.getByRole("button", { name: "Delete all that match" }).isDisabled()).toBe(true);
  });

  test("a queue is paused with a reason, resumed, limited; its purge is a dry run first", async () => {
    const { page } = await open("/ops/queues", { operator: true });
    const card = page.getByRole("region", { name: /^recovery/ });
    await card.getByRole("button", { name: "Pause" }).click();
    await page.getByLabel("Reason").fill("<b>a look</b> at it");
    await page.getByRole("dialog").getByRole("button", { name: "Pause" }).click();
    await card.getByText("<b>a look</b> at it").waitFor();
    await card.getByRole("button", { name: "Purge" }).click();
    // A schedule may have put a task into the paused queue meanwhile.
    await page
      .getByRole("dialog")
      .getByText(/^Nothing waits here\.$| · (PENDING|RETRY)/)
      .first()
      .waitFor();
    await page.keyboard.press("Escape");
    await card.getByRole("button", { name: "Resume" }).click();
    await card.getByRole("button", { name: "Pause" }).waitFor();
    await card.getByRole("button", { name: "Limit" }).click();
    await page.getByLabel("Tasks at once").fill("7");
    await page.getByRole("button", { name: "Set the limit" }).click();
    await card.locator("dd", { hasText: /^7$/ }).waitFor();
  });

  test("a schedule is run now, paused with a reason and resumed; its ticks are listed", async () => {
    const { page } = await open("/ops/schedules", { operator: true });
    await page.getByRole("button", { name: "Run now: cleanup_old_results" }).click();
    await page.locator(".toast", { hasText: "cleanup_old_results is queued." }).waitFor();
    await page.getByRole("button", { name: "Pause cleanup_old_results" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Pause" }).click();
    await page.getByRole("button", { name: "Resume cleanup_old_results" }).click();
    await page.getByRole("button", { name: "Pause cleanup_old_results" }).waitFor();
    await page.getByRole("link", { name: "update_tournament_rankings" }).click();
    await page.locator("tbody tr", { hasText: "fired" }).first().waitFor({ timeout: 120_000 });
  });

  test("an agent is recovered by hand, and the pages of recoveries and audit show it", async () => {
    const { page } = await open("/ops/agents", { operator: true });
    const row = page.locator("tbody tr", { hasText: "Mallory" }).first();
    await row.getByRole("button", { name: /^Recover/ }).click();
    await page.getByRole("button", { name: "Recover it" }).click();
    await page.locator(".toast", { hasText: "is queued" }).waitFor();
    await page.goto("/ops/recoveries");
    const byHand = page.locator("tbody tr", { hasText: "By hand" }).first();
    // A list that shows others already waits for its reader.
    const newer = page.getByRole("button", { name: /^Show \d+ newer$/ });
    await byHand.or(newer).first().waitFor();
    if (await newer.isVisible()) await newer.click();
    await byHand.waitFor({ timeout: 120_000 });
    await page.goto("/ops/audit");
    await page.locator("tbody tr", { hasText: "POST /agents/:id/recover" }).first().click();
    await page.getByRole("dialog").getByRole("region", { name: "The record" }).waitFor();
    expect(await page.evaluate("window.pwned")).toBeUndefined();
  });

  test("live entries are searched on the server, and a link keeps the search", async () => {
    const { page, asked } = await open("/ops/agents", { operator: true });
    const rows = page.getByRole("group", { name: "Live entries" }).locator("tbody tr");
    await rows.filter({ hasNotText: "Mallory" }).first().waitFor();
    await page.getByRole("searchbox", { name: "Search by agent, tournament or id" }).fill("mallory");
    await rows.filter({ hasNotText: "Mallory" }).first().waitFor({ state: "detached" });
    await rows.filter({ hasText: "Mallory" }).first().waitFor();
    expect(asked.some((request) => /^GET \/inspect\/entries\?.*q=mallory/.test(request))).toBe(true);
    expect(new URL(page.url()).search).toBe("?q=mallory");
    await page.reload();
    await rows.filter({ hasText: "Mallory" }).first().waitFor();
    expect(await rows.filter({ hasNotText: "Mallory" }).count()).toBe(0);
    await page.getByRole("searchbox").fill("nobody is called so");
    await page.getByText("No live entry has that in its names or ids").waitFor();
    await page.getByRole("searchbox").fill("");
    await rows.filter({ hasNotText: "Mallory" }).first().waitFor();
    expect(new URL(page.url()).search).toBe("");
  });

  test("the registered tasks are read by keyboard: arguments, retries, limits, and the way to their tasks", async () => {
    const { page } = await open("/ops/consumers", { operator: true });
    await page.getByRole("navigation", { name: "Control room" }).getByRole("link", { name: "Registered" }).focus();
    await page.keyboard.press("Enter");
    const row = page.getByRole("group", { name: "Registered tasks" }).locator("tbody tr", { hasText: "run_bulk_job" });
    await row.focus();
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { level: 1, name: "run_bulk_job" }).waitFor();
    await page.getByText("60 s, 2 min, 4 min, each up to 10 % more by chance").waitFor();
    const given = page.getByRole("group", { name: "Arguments" }).locator("tbody tr");
    await given.filter({ hasText: "bulk_id" }).filter({ hasText: "UUID" }).filter({ hasText: "required" }).waitFor();
    await given.filter({ hasText: "resume" }).filter({ hasText: "may be left out" }).waitFor();
    await page.getByRole("link", { name: "Its tasks" }).click();
    await expect.poll(() => new URL(page.url()).search).toBe("?name=run_bulk_job");
    await page.goto("/ops/registered/no_such_task");
    await page.getByText("This version of the code knows no such task").waitFor();
    await page.goto("/ops/registered/check_tournament_transitions");
    await page.getByText("It takes no arguments").waitFor();
  });

  test("a failure that no retry can mend offers none, neither in its group nor on its page", async () => {
    await failedTask();
    const { page } = await open("/ops/errors", { operator: true });
    const group = page.locator("tbody tr", { hasText: "entry.not_found" }).first();
    await group.getByText("A retry ends the same way.").waitFor();
    expect(await group.getByRole("button", { name: "Final" }).isDisabled()).toBe(true);
    await group.getByRole("link", { name: /failures?$/ }).click();
    await page
      .locator("tbody tr", { hasText: failed.slice(-8) })
      .getByRole("link")
      .first()
      .click();
    await page.getByText("failed, final: a retry can't help").waitFor();
    expect(await page.getByRole("button", { name: /^(Retry|Run it again)$/ }).count()).toBe(0);
  });

  test("the list of tasks works by keyboard: chips, search, rows, and a page behind each row", async () => {
    const { page } = await open("/ops/tasks", { operator: true });
    await page.locator("tbody tr").first().waitFor();
    await page.getByRole("button", { name: /^SUCCESS/ }).focus();
    await page.keyboard.press("Space");
    await expect.poll(() => new URL(page.url()).search).toBe("?state=SUCCESS");
    await page.locator("tbody tr").first().focus();
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    await page.getByRole("region", { name: "Timeline" }).waitFor();
  });

  test("a list with a second page says that it is not refreshed, and a button refreshes it", async () => {
    const { page } = await open("/ops/tasks", { operator: true });
    await page
      .getByRole("status")
      .filter({ hasText: /^Live$/ })
      .waitFor();
    await page.getByRole("group", { name: "Tasks" }).getByRole("button", { name: "Load more" }).click();
    await page
      .getByRole("status")
      .filter({ hasText: /^Not refreshed$/ })
      .waitFor();
    const asked = page.waitForRequest((request) => /\/tasks\?/.test(request.url()));
    await page.getByRole("button", { name: "Refresh" }).click();
    await asked;
  });

  test("the overview names the part that is down, though the health answers 503", async () => {
    allow(/503/);
    const { page } = await open("/signin", { operator: true });
    const clocks = { cron: { age_seconds: 900 }, beat: { age_seconds: 1 } };
    const health = { status: "failing", database: "ok", queues: "failing", clocks, stuck_rounds: [], version: "one" };
    await page.route(/\/health$/, (route) => route.fulfill({ status: 503, json: health }));
    await page.goto("/ops");
    await page.getByText("failing: the queues, cron").waitFor();
    await page.unroute(/\/health$/);
    await page.getByText("all parts answer").waitFor();
  });
});
