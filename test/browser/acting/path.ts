/** An operator's path: from a failure to its cure, by what the pages themselves offer. */
import { describe, expect, test } from "vitest";
import { brokenTasks, missing, open, query, useBrowser } from "../../support/browser/pages.ts";

describe.skipIf(missing)("the operator's path", () => {
  useBrowser();

  test.each([
    ["a desktop", false],
    ["a phone", true],
  ])("on %s it leads from the overview to the errors, a task, the retry, and what came of it", async (where, phone) => {
    const signature = `a fault on ${where}`;
    const ids = await brokenTasks(signature, 2);
    const { page } = await open("/ops", { operator: true, phone });
    const attention = page.getByRole("region", { name: "Needs attention" });
    const line = attention.getByRole("listitem").filter({ hasText: signature });
    await line.getByText(/^2 tasks failed:/).waitFor();
    await line.getByText("Then retry.").waitFor();
    await line.getByRole("link", { name: "The errors" }).click();

    await page.getByRole("heading", { level: 1, name: "Errors" }).waitFor();
    const group = page.locator("tbody tr", { hasText: signature });
    await page.getByText("One group only.").waitFor();
    await group.getByRole("link", { name: "2 failures" }).click();

    await page.getByRole("heading", { level: 1, name: "Tasks" }).waitFor();
    const rows = page.getByRole("group", { name: "Tasks" }).locator("tbody tr:not(.gap)");
    await expect.poll(() => rows.count()).toBe(2);
    await rows.first().getByRole("link").first().click();
    await page.getByText("failed: a retry may succeed").waitFor();
    await page.getByRole("link", { name: "all like it" }).click();

    await group.getByRole("button", { name: "Retry all 2" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByText(signature).first().waitFor();
    await dialog.getByText("Nothing is done yet", { exact: false }).waitFor();
    await dialog.getByRole("button", { name: "Retry 2 tasks" }).click();
    await page.locator(".page-head .chip", { hasText: "done" }).waitFor();
    const outcome = page.getByRole("region", { name: "What the tasks came to" });
    await outcome.getByRole("link", { name: /SUCCESS\s*2/ }).waitFor();
    await page.getByRole("link", { name: "View these tasks" }).click();
    await expect.poll(() => rows.count()).toBe(2);
    await rows.filter({ hasText: "SUCCESS" }).nth(1).waitFor();
    expect(
      new Set(
        (await query<{ state: string }>("select state from tasks where id = any($1)", [ids])).map((r) => r.state),
      ),
    ).toEqual(new Set(["SUCCESS"]));
    // The menu of a phone, the rail of a desktop.
    if (phone) await page.locator("summary", { hasText: "Pages of the control room" }).click();
    await page
      .getByRole("navigation", { name: "Control room" })
      .getByRole("link", { name: /^Overview/ })
      .click();
    await attention.getByRole("listitem").filter({ hasText: signature }).waitFor({ state: "detached" });
  });

  test("a search names an agent, says what it does not know, sorts all tasks, and stands in the address", async () => {
    const { page, asked } = await open("/ops/tasks", { operator: true });
    const rows = page.getByRole("group", { name: "Tasks" }).locator("tbody tr:not(.gap)");
    const search = page.getByLabel("Search", { exact: true });
    await rows.first().waitFor();
    await search.fill("foo=bar");
    await page.keyboard.press("Enter");
    await page.getByText(/^There is no condition foo/).waitFor();
    await search.fill("agent=Cash");
    await page.keyboard.press("Enter");
    await expect.poll(() => rows.filter({ hasNotText: "Cash" }).count()).toBe(0);
    await rows.first().getByRole("link", { name: "Cash" }).waitFor();
    await rows.first().getByText(/round/).waitFor();
    await page.getByRole("columnheader", { name: "Runtime" }).getByRole("button").click();
    await page.getByRole("columnheader", { name: "Runtime" }).and(page.locator("[aria-sort=descending]")).waitFor();
    expect(new URL(page.url()).search).toBe("?agent=Cash&sort=-runtime");
    expect(asked.some((request) => /^GET \/tasks\?.*sort=-runtime/.test(request))).toBe(true);
    await page.reload();
    await rows.first().getByRole("link", { name: "Cash" }).waitFor();
    expect(
      await page.evaluate(
        "document.querySelector('.table-box').scrollWidth <= document.querySelector('.table-box').clientWidth",
      ),
    ).toBe(true);
    // On a phone a list takes the place of the headers.
    await page.setViewportSize({ width: 360, height: 780 });
    const by = page.getByLabel("Sort by");
    expect(await by.locator("option").allTextContents()).toEqual(["Received", "Runtime"]);
    expect(await by.inputValue()).toBe("runtime");
    await page.getByRole("button", { name: "Highest first" }).click();
    await page.getByRole("button", { name: "Lowest first" }).waitFor();
    expect(new URL(page.url()).search).toBe("?agent=Cash&sort=runtime");
    await by.selectOption("received");
    await expect.poll(() => new URL(page.url()).search).toBe("?agent=Cash");
  });
});
