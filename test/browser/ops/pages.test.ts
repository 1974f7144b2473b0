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
  post,
  scan,
  settled,
  useBrowser,
} from "../../support/browser/pages.ts";
import { unvisited } from "../../support/browser/routes.ts";

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
