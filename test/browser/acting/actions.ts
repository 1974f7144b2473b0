/** An operator's actions on queues, dead letters and many tasks. Each is followed to its end, on the page and in the rows. */
import { uuidv7 } from "uuidv7";
import { afterEach, describe, expect, test } from "vitest";
import { z } from "zod";
import { enqueue, failedTask, missing, open, post, query, useBrowser } from "../../support/browser/pages.ts";

describe.skipIf(missing)("the operator's actions", () => {
  useBrowser();

  const pause = () => post("/queues/recovery/pause", { reason: "a test" }, z.unknown());
  afterEach(async () => {
    await post("/queues/recovery/resume", {}, z.unknown()).catch(() => {});
  });
  const statesOf = async (ids: readonly string[]) =>
    (await query<{ state: string }>("select state from tasks where id = any($1::uuid[])", [ids])).map(
      (row) => row.state,
    );

  test("dead letters are filtered by queue; readable ones are sent once more, and unreadable ones stay", async () => {
    const task = await enqueue("check_tournament_transitions", {}, { countdown: 3600 });
    const letter = (queue: string, message: string, body: object, outcome: string) =>
      query(
        `insert into dead_letters (id, queue, message_id, body, deliveries, outcome) values ($1, $2, $3, $4::jsonb, 6, $5)
         on conflict do nothing`,
        [uuidv7(), queue, message, JSON.stringify(body), outcome],
      );
    await letter("recovery", "letter-to-send", { type: "tasks", task_ids: [task] }, "resent");
    await letter("recovery", "letter-unreadable", { type: "of a later version" }, "kept");
    await letter("agents", "letter-of-agents", { type: "tasks", task_ids: [task] }, "resent");
    const { page } = await open("/ops/dead-letters", { operator: true });
    const rows = page.getByRole("group", { name: "Dead letters" }).locator("tbody tr");
    await rows.filter({ hasText: "letter-of-agents" }).waitFor();
    await page.getByRole("radio", { name: "recovery" }).click();
    await rows.filter({ hasText: "letter-of-agents" }).waitFor({ state: "detached" });
    await rows.filter({ hasText: "letter-unreadable" }).getByText("unreadable, kept").waitFor();
    await rows.filter({ hasText: "letter-to-send" }).getByText("its tasks were sent again by their rows").waitFor();

    await page.getByRole("link", { name: "Redrive by queue" }).click();
    const card = page.getByRole("region", { name: /^recovery/ });
    await card.getByRole("button", { name: "Redrive dead letters" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByText(/^1 can't be read by this version/).waitFor();
    await dialog.getByRole("button", { name: "Send 1 once more" }).click();
    await page.locator(".toast", { hasText: "1 dead letter of recovery is sent once more." }).waitFor();
    await card.getByRole("button", { name: "Redrive dead letters" }).click();
    await dialog.getByText("There is nothing to send.").waitFor();
    expect(await dialog.getByRole("button", { name: "Send once more" }).isDisabled()).toBe(true);
    await page.goto("/ops/dead-letters");
    await page.getByRole("radio", { name: "recovery" }).click();
    await rows.filter({ hasText: "letter-to-send" }).getByText("sent once more").waitFor();
  });

  test("a purge revokes waiting tasks, and scheduled ones only when asked", async () => {
    await pause();
    const due = await enqueue("recover_crashed_agents", {});
    const later = await enqueue("recover_crashed_agents", {}, { countdown: 3600 });
    const { page } = await open("/ops/queues", { operator: true });
    const card = page.getByRole("region", { name: /^recovery/ });
    await card.getByRole("button", { name: "Purge" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByText("recover_crashed_agents · PENDING").waitFor();
    await dialog.getByRole("button", { name: /^Revoke \d+ tasks?$/ }).click();
    await page.locator(".toast", { hasText: /\d+ tasks? of recovery (is|are) revoked/ }).waitFor();
    expect(await statesOf([due])).toEqual(["REVOKED"]);
    expect(await statesOf([later])).toEqual(["PENDING"]);
    await card.getByRole("button", { name: "Purge" }).click();
    await dialog.getByRole("checkbox", { name: /^Also what waits for its time/ }).check();
    await dialog.getByRole("button", { name: /^Revoke \d+ tasks?$/ }).click();
    await expect.poll(() => statesOf([later])).toEqual(["REVOKED"]);
    await card.getByRole("button", { name: "Resume" }).click();
    await card.getByRole("button", { name: "Pause" }).waitFor();
  });

  test("a bulk job that is aborted leaves the rest, and does it when it is resumed", async () => {
    const ids = [];
    for (let i = 0; i < 3; i++) ids.push(await enqueue("check_tournament_transitions", {}, { countdown: 7200 + i }));
    await pause();
    const { page } = await open(`/ops/tasks?name=check_tournament_transitions&state=PENDING`, { operator: true });
    for (const id of ids) await page.getByRole("checkbox", { name: new RegExp(id) }).check();
    await page.getByRole("button", { name: "Cancel 3" }).click();
    await page.getByRole("button", { name: "Cancel 3 tasks" }).click();
    // Its task waits in the paused queue, so nothing of it is done.
    await page.locator(".page-head .chip", { hasText: "running" }).waitFor();
    const bar = page.getByRole("progressbar", { name: "Progress" });
    expect(await bar.getAttribute("aria-valuenow")).toBe("0");
    await page.getByRole("button", { name: "Abort" }).click();
    await page.getByRole("button", { name: "Abort it" }).click();
    await page.locator(".toast", { hasText: "Aborted. What was done stays done." }).waitFor();
    await page.locator(".page-head .chip", { hasText: "aborted" }).waitFor();
    expect(await page.getByRole("button", { name: "Abort" }).count()).toBe(0);
    expect(await statesOf(ids)).toEqual(["PENDING", "PENDING", "PENDING"]);
    await page.getByRole("button", { name: "Resume" }).focus();
    await page.keyboard.press("Enter");
    const dialog = page.getByRole("dialog", { name: "Resume this job?" });
    await dialog.getByText(/^Left to cancel: 3 of 3\./).waitFor();
    await dialog.getByRole("button", { name: "Resume it" }).click();
    await page.locator(".toast", { hasText: "Resumed. It goes on with the tasks that are left." }).waitFor();
    await page.locator(".page-head .chip", { hasText: "running" }).waitFor();
    expect(await page.getByRole("button", { name: "Resume" }).count()).toBe(0);
    await post("/queues/recovery/resume", {}, z.unknown());
    await page.locator(".page-head .chip", { hasText: "done" }).waitFor();
    await expect.poll(() => bar.getAttribute("aria-valuenow")).toBe("100");
    await page.getByText("once", { exact: true }).waitFor();
    expect(await statesOf(ids)).toEqual(["REVOKED", "REVOKED", "REVOKED"]);
  });

  test("failed tasks are deleted by their filter, with the job's progress to its end", async () => {
    // The task belongs to an agent of its own: the files beside this one look at failed tasks of NOBODY.
    const agent = uuidv7();
    const failed = await failedTask(agent);
    await pause();
    const filter = `/ops/tasks?state=FAILURE&args.agent_id=${agent}`;
    const { page } = await open(filter, { operator: true });
    await page.getByRole("checkbox", { name: new RegExp(failed) }).waitFor();
    await page.getByRole("button", { name: "Delete all that match" }).click();
    await page.getByText("This can't be undone.").waitFor();
    await page.getByRole("button", { name: /^Delete \d+ tasks?$/ }).click();
    await page.locator(".page-head .chip", { hasText: "running" }).waitFor();
    await post("/queues/recovery/resume", {}, z.unknown());
    await page.locator(".page-head .chip", { hasText: "done" }).waitFor();
    await expect
      .poll(() => page.getByRole("progressbar", { name: "Progress" }).getAttribute("aria-valuenow"))
      .toBe("100");
    await page.goto(filter);
    await page.getByText("No task matches", { exact: true }).waitFor();
    expect(await statesOf([failed])).toEqual([]);
  });

  test("a bulk retry says how many failures no retry can help, and retries none of them", async () => {
    const id = await failedTask();
    const { page } = await open("/ops/tasks?state=FAILURE", { operator: true });
    await page.getByRole("checkbox", { name: new RegExp(id) }).check();
    await page.getByRole("button", { name: "Retry 1", exact: true }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByText("A retry can't help any of them", { exact: false }).waitFor();
    expect(await dialog.getByRole("button", { name: "Retry 0 tasks" }).isDisabled()).toBe(true);
    expect(await statesOf([id])).toEqual(["FAILURE"]);
  });

  test("a bulk job says why it skipped tasks", async () => {
    const waits = await enqueue("check_tournament_transitions", {}, { countdown: 9000 });
    const { page } = await open("/ops/tasks?name=check_tournament_transitions&state=PENDING", { operator: true });
    await page.getByRole("checkbox", { name: new RegExp(waits) }).check();
    await page.getByRole("button", { name: "Delete 1", exact: true }).click();
    await page.getByRole("button", { name: "Delete 1 task" }).click();
    const reasons = page.getByRole("region", { name: "Skipped or failed, and why" });
    expect(await reasons.getByRole("listitem").textContent()).toMatch(/^it .+1$/);
    expect(await statesOf([waits])).toEqual(["PENDING"]);
  });
});
