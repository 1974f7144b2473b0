/** The page of one task: its history, why it waits, and an operator's actions. */
import { uuidv7 } from "uuidv7";
import { beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { allow, failedTask, missing, open, post, query, stack, useBrowser } from "../../support/browser/pages.ts";

describe.skipIf(missing)("a task's page", () => {
  useBrowser();
  let failed = "";
  /** Its rounds are open for minutes: no decision comes too late, whatever the machine is doing. */
  let calm = "";
  beforeAll(async () => {
    failed = await failedTask();
    const made = z.looseObject({ id: z.string() });
    const startsAt = Date.now() + 2_000;
    const body = {
      name: "The calm cup",
      market: "synthetic",
      symbols: ["BTC-USDT"],
      interval_seconds: 3600,
      agent_ids: [stack.evil],
      starts_at: new Date(startsAt).toISOString(),
      ends_at: new Date(startsAt + 10 * 3_600_000).toISOString(),
    };
    calm = (await post("/tournaments", body, made)).id;
    // It may have been started by its time already.
    await post(`/tournaments/${calm}/start`, {}, z.unknown()).catch(() => {});
    return () => post(`/tournaments/${calm}/cancel`, {}, z.unknown()).then(() => {});
  });

  test("a failed task shows its timeline, its states, its error and the last tasks of its kind", async () => {
    const { page } = await open(`/ops/tasks/${failed}`, { operator: true });
    await page.getByRole("heading", { level: 1, name: "run_agent_decision" }).waitFor();
    const timeline = page.getByRole("region", { name: "Timeline" });
    await timeline.getByRole("listitem").nth(2).waitFor();
    const lines = await timeline.getByRole("listitem").allTextContents();
    expect(lines.map((line) => /PENDING|STARTED|FAILURE/.exec(line)?.[0])).toEqual(["PENDING", "STARTED", "FAILURE"]);
    expect(lines[0]).toMatch(/enqueued.*waited [\d.]+ (ms|s)/);
    expect(lines[1]).toMatch(/attempt 1.*ran [\d.]+ (ms|s)/);
    await page.getByRole("img", { name: "States: PENDING, STARTED, FAILURE; now FAILURE" }).waitFor();
    await page.getByRole("region", { name: "What went wrong" }).getByText("entry.not_found").first().waitFor();
    await page.getByRole("region", { name: /^The last \d+ of this kind/ }).waitFor();
    expect(await page.getByRole("region", { name: "Arguments as JSON" }).textContent()).toContain(stack.live);
    const why = page.getByRole("region", { name: "What became of it" });
    await why.getByText("Failed, final after entry.not_found", { exact: false }).waitFor();
    expect(await why.locator("dt").allTextContents()).toEqual(["Flow", "Execution", "Liveness"]);
  });

  test("each failed attempt is shown with its error, and its stack unfolds", async () => {
    const id = await retriedTask();
    const { page } = await open(`/ops/tasks/${id}`, { operator: true });
    const wrong = page.getByRole("region", { name: "What went wrong" });
    await wrong.getByRole("heading", { name: "Attempt 1" }).waitFor();
    await wrong.getByText("the first attempt broke").waitFor();
    await wrong.getByRole("heading", { name: "Attempt 2" }).waitFor();
    await wrong.getByText("Stack").first().click();
    await wrong.getByRole("region", { name: "Stack" }).getByText("at step (agent.ts:1:1)").waitFor();
    await page.getByRole("img", { name: "States: PENDING, STARTED, RETRY, STARTED, FAILURE; now FAILURE" }).waitFor();
    const timeline = page.getByRole("region", { name: "Timeline" });
    await timeline.getByText("waited for its retry 5 s").waitFor();
  });

  test("a task is run again with other arguments, with faults beside them, then retried with a countdown, and cancelled", async () => {
    allow(/422/);
    // While the round's own task has not decided, it holds the key that this one would get.
    const decided = async () =>
      (await query("select from decisions d join rounds r on r.id = d.round_id where r.tournament_id = $1", [calm]))
        .length;
    await expect.poll(decided).toBe(1);
    const { page } = await open(`/ops/tasks/${failed}`, { operator: true });
    await page.getByRole("button", { name: "Edit and run again" }).click();
    const editor = page.getByRole("textbox", { name: "Arguments", exact: true });
    expect(await editor.inputValue()).toContain(stack.live);
    await editor.fill("{");
    await page.getByText(/^Not JSON/).waitFor();
    expect(await page.getByRole("button", { name: "Run", exact: true }).isDisabled()).toBe(true);
    await editor.fill(JSON.stringify({ tournament_id: stack.live, agent_id: "nobody" }));
    await page.getByRole("button", { name: "Run", exact: true }).click();
    await expect.poll(() => editor.getAttribute("aria-invalid")).toBe("true");
    await editor.fill(JSON.stringify({ tournament_id: calm, agent_id: stack.evil }));
    await page.getByRole("button", { name: "Run", exact: true }).click();
    await page.waitForURL((url) => url.pathname.startsWith("/ops/tasks/") && !url.pathname.endsWith(failed));
    const child = new URL(page.url()).pathname;
    await page.getByRole("img", { name: /now SUCCESS$/ }).waitFor();
    await page.getByRole("link", { name: "its parent" }).click();
    await page.getByRole("region", { name: "Run again as" }).getByRole("link").first().waitFor();
    expect(
      await page.getByRole("region", { name: "Run again as" }).getByRole("link").first().getAttribute("href"),
    ).toBe(child);

    await page.goto(child);
    await page.getByRole("button", { name: "Run it again" }).click();
    const countdown = page.getByLabel("Countdown, in seconds");
    await countdown.fill("soon");
    await page.getByText("Must be a number of seconds.").waitFor();
    await countdown.fill("3000");
    await page.getByRole("dialog").getByRole("button", { name: "Retry" }).click();
    const why = page.getByRole("region", { name: "Why isn't this running?" });
    await why.getByText("scheduled", { exact: true }).waitFor();
    await why.getByText(/in (49|50) min/).waitFor();
    await page.getByRole("img", { name: /now PENDING$/ }).waitFor();
    // It closes once the page has read again what the action changed.
    await expect.poll(() => page.getByRole("dialog").count()).toBe(0);
    await page.getByRole("button", { name: "Edit", exact: true }).click();
    expect(await page.getByRole("button", { name: "Change it" }).isDisabled()).toBe(true);
    await page.getByRole("dialog").getByLabel("Countdown, in seconds").fill("7000");
    await page.getByRole("button", { name: "Change it" }).click();
    await why.getByText(/in 1 h/).waitFor();
    await page.getByRole("button", { name: "Cancel the task" }).click();
    await page.getByRole("button", { name: "Cancel it" }).click();
    await page.getByRole("img", { name: /now REVOKED$/ }).waitFor();
    // One button: the dialog of before does not come back.
    await page.getByRole("button", { name: "Run it again" }).waitFor();
  });

  test("an unknown task says so, and why that can be", async () => {
    allow(/404/);
    const { page } = await open("/ops/tasks/0199c0de-0000-7000-8000-00000000dead", { operator: true });
    const fault = page.getByRole("alert").filter({ hasText: "The task did not load." });
    await fault.getByText("It may have been deleted, or the link is wrong.").waitFor();
    await fault.getByRole("button", { name: "Try again" }).waitFor();
  });

  /** One that failed, was retried and failed again, as its rows would say it. */
  async function retriedTask(): Promise<string> {
    const id = uuidv7();
    const fault = (attempt: number, message: string) => ({
      class: "Error",
      code: "agent.failed",
      message,
      attempt,
      at: `2026-01-01T00:00:0${attempt}Z`,
      stack: "Error: it broke\n    at step (agent.ts:1:1)",
    });
    const attempts = [fault(1, "the first attempt broke"), fault(2, "the second attempt broke")];
    const states = ["PENDING", "STARTED", "RETRY", "STARTED", "FAILURE"];
    await query(
      `insert into tasks (id, name, queue, state, args, error, signature, attempt, max_attempts, due_at, sent_at, sends, created_at,
         started_at, finished_at, history)
       select $1, 'run_agent_decision', 'agents', 'FAILURE', '{}', $2::jsonb, 'agent.failed made by a test', 2, 2, n, n, 1, n, n, n,
         (select jsonb_agg(jsonb_build_object('at', n + make_interval(secs => i - 10 + case when i > 3 then 4 else 0 end),
            'state', s, 'why', 'made_by_a_test', 'attempt', greatest(1, i / 2)) order by i)
          from unnest($3::text[]) with ordinality as x(s, i))
       from (select agonus_now() as n) x`,
      [id, JSON.stringify({ ...fault(2, "the second attempt broke"), attempts }), states],
    );
    return id;
  }
});
