/** Ten thousand tasks in a page: only the rows in view are rendered. */
import { beforeAll, describe, expect, test } from "vitest";
import { missing, open, query, useBrowser } from "../../support/browser/pages.ts";
import { scroll } from "../../support/browser/scroll.ts";
import { manyTasks } from "../../support/task-rows.ts";

describe.skipIf(missing)("ten thousand tasks", () => {
  useBrowser();
  const TASKS = 10_000;
  beforeAll(async () => {
    // All are from the day before yesterday, so the stack's own tasks are newer.
    await manyTasks(query, { rows: TASKS, days: 3, newestDay: 1 });
    return () => query("delete from tasks where args ? 'number'").then(() => {});
  });

  test("the list has all of them, renders only the rows in view, and scrolls to the oldest", async () => {
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
    // Rows are inserted in the order of their time: the first is the oldest.
    await box.locator(`[data-row="${TASKS - 1}"]`, { hasText: '"number":0' }).waitFor();
    expect(await rows.count()).toBeLessThan(80);
    expect(await box.locator(`[data-row="${TASKS - 1}"]`).getAttribute("aria-rowindex")).toBe(String(TASKS + 1));
  });
});
