/** The focus: never on an invisible element, on the first wrong field, back on a dialog's opener, and in view in a long list. */
import type { Locator, Page } from "playwright-core";
import { beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import {
  allow,
  brokenTasks,
  enqueue,
  failedTask,
  missing,
  open,
  query,
  settled,
  stack,
  useBrowser,
} from "../../support/browser/pages.ts";
import { manyTasks } from "../../support/task-rows.ts";

const STOPS_MAX = 60;
/** How long a stop may take to come into view: half a minute of a busy machine. An invisible element stays invisible. */
const LOOKS_MAX = 600;

/** The focused element: null at the document's end; `seen` when a point of it is in view and not covered. */
const stop = z.object({ html: z.string(), seen: z.boolean() }).nullable();
const STOP = `(() => {
  const at = document.activeElement;
  if (!at || at === document.body) return null;
  const { left, top, width, height } = at.getBoundingClientRect();
  const shares = [0.5, 0.05, 0.95];
  const seen = width > 2 && height > 2 && shares.some((x) => shares.some((y) => {
    const hit = document.elementFromPoint(left + width * x, top + height * y);
    return hit !== null && (at.contains(hit) || (hit.contains(at) && hit.tagName === "LABEL"));
  }));
  return { html: at.outerHTML.slice(0, 160), seen };
})()`;

const focused = (wanted: Locator) => expect.poll(() => wanted.evaluate((element) => element.matches(":focus")));

/** The sentences that describe what has the focus, or the group that it stands in. */
const description = (page: Page) =>
  page.evaluate(`(() => {
    const at = document.activeElement;
    const about = at.getAttribute("aria-describedby") ?? at.closest("[aria-describedby]")?.getAttribute("aria-describedby") ?? "";
    return about.split(" ").map((id) => document.getElementById(id)?.textContent ?? "").join(" ");
  })()`);

describe.skipIf(missing)("the focus", () => {
  useBrowser();

  test("Tab never stops on an invisible element", async () => {
    const { page } = await open("/signin", { operator: true });
    const failed = await failedTask();
    for (const [path, width] of [
      ["/", 1440],
      [`/t/${stack.finished}`, 360],
      [`/t/${stack.finished}`, 1440],
      [`/t/${stack.finished}/${stack.evil}`, 360],
      [`/a/${stack.evil}`, 360],
      ["/new", 360],
      ["/ops", 360],
      ["/ops/tasks", 360],
      [`/ops/tasks/${failed}`, 360],
      ["/ops/queues", 360],
    ] as const) {
      await page.setViewportSize({ width, height: 800 });
      await page.goto(path);
      await settled(page);
      // A list that is read while it has the focus grows above it, and no browser scrolls after that.
      await page.waitForLoadState("networkidle");
      const hidden: string[] = [];
      let stops = 0;
      for (; stops < STOPS_MAX; stops++) {
        await page.keyboard.press("Tab");
        let at = stop.parse(await page.evaluate(STOP));
        // The page may still be scrolling there, or the row may just have been made anew by the feed.
        for (let looks = 0; at !== null && !at.seen && looks < LOOKS_MAX; looks++) {
          await page.waitForTimeout(50);
          at = stop.parse(await page.evaluate(STOP));
        }
        if (at === null) break;
        if (!at.seen) hidden.push(at.html);
      }
      expect.soft(hidden, `${path} at ${width} px`).toEqual([]);
      expect(stops, path).toBeGreaterThan(8);
    }
  });

  test("after a refused form the first wrong field has the focus, described by its fault", async () => {
    allow(/422|403|401/);
    const { page } = await open("/new", { operator: true });
    const send = page.getByRole("button", { name: "See what will happen" });
    const name = page.getByLabel("Name", { exact: true });
    const fee = page.getByLabel("Fee, bps");
    await page.getByRole("checkbox", { name: /AlphaBot/ }).waitFor();
    await fee.fill("a lot");
    await send.click();
    await focused(name).toBe(true);
    expect(await description(page)).toMatch(/[a-z]+.*\./i);
    await name.fill("A cup");
    await send.click();
    await focused(fee).toBe(true);
    expect(await fee.getAttribute("aria-invalid")).toBe("true");
    expect(await description(page)).toContain(await page.locator(".fault").textContent());
    // By the keyboard alone, from the field itself.
    await fee.fill("also a lot");
    await page.keyboard.press("Enter");
    await page.getByText("Of the notional").waitFor();
    await focused(fee).toBe(true);
    // The fault belongs to several controls: the sentence has the focus, and describes their group.
    await fee.fill("10");
    for (const symbol of ["BTC", "ETH", "SOL"]) await page.getByRole("checkbox", { name: `${symbol}-USDT` }).uncheck();
    await send.click();
    const sentence = page.getByRole("group", { name: "Symbols" }).locator(".fault");
    await focused(sentence).toBe(true);
    expect(await description(page)).toBe(await sentence.textContent());

    const { page: signIn } = await open("/signin");
    await signIn.getByLabel("Operator key").fill("not the key");
    await signIn.getByRole("button", { name: "Sign in" }).click();
    await focused(signIn.getByLabel("Operator key")).toBe(true);
    expect(await description(signIn)).toContain(await signIn.locator(".fault").textContent());
  });

  test("the same holds in a dialog; text that is no number is not sent", async () => {
    allow(/422/);
    const { page } = await open("/ops/queues", { operator: true });
    const card = page.getByRole("region", { name: /^recovery/ });
    await card.getByRole("button", { name: "Limit" }).click();
    const field = page.getByLabel("Tasks at once");
    const set = page.getByRole("button", { name: "Set the limit" });
    await field.fill("many");
    expect(await description(page)).toContain("Must be a number of tasks.");
    expect(await set.isDisabled()).toBe(true);
    await field.fill("0");
    await set.click();
    await page.locator("dialog .fault").waitFor();
    await focused(field).toBe(true);
    expect(await description(page)).toContain(await page.locator("dialog .fault").textContent());
  });

  test("however a dialog closes, the focus goes back to the control that opened it", async () => {
    const [failed] = await brokenTasks("a fault that a retry mends", 1);
    const { page } = await open(`/ops/tasks/${failed}`, { operator: true });
    const dialog = page.locator("dialog[open]");
    const opens = async (opener: Locator, close: () => Promise<void>) => {
      await opener.focus();
      await page.keyboard.press("Enter");
      await dialog.waitFor();
      expect(await page.evaluate("document.querySelector('dialog[open]').contains(document.activeElement)")).toBe(true);
      await close();
      await dialog.waitFor({ state: "detached" });
      await focused(opener).toBe(true);
    };
    const byKey = () => page.keyboard.press("Escape");
    const press = (name: string) => () => dialog.getByRole("button", { name, exact: true }).click();
    const beside = () => page.mouse.click(5, 5);
    for (const name of ["Retry", "Edit and run again"])
      for (const close of [byKey, press("Cancel"), beside])
        await opens(page.getByRole("button", { name, exact: true }), close);

    await page.goto("/ops/queues");
    const card = page.getByRole("region", { name: /^recovery/ });
    await opens(card.getByRole("button", { name: "Purge" }), press("Keep them"));
    await opens(card.getByRole("button", { name: "Limit" }), press("Cancel"));
    // The action is done. Its button now offers the opposite, and has the focus.
    await card.getByRole("button", { name: "Pause" }).focus();
    await page.keyboard.press("Enter");
    await press("Pause")();
    await focused(card.getByRole("button", { name: "Resume" })).toBe(true);
    await page.keyboard.press("Enter");
    await focused(card.getByRole("button", { name: "Pause" })).toBe(true);

    await page.goto("/ops/audit");
    await opens(page.getByRole("group", { name: "Audit" }).locator("tbody tr").first(), press("Close"));

    await page.goto("/ops/agents");
    const recover = page.getByRole("button", { name: /^Recover / }).first();
    await opens(recover, press("Leave it"));
    await opens(recover, press("Recover it"));
    await page.locator(".toast", { hasText: "is queued" }).waitFor();
    await focused(recover).toBe(true);

    await page.goto(`/t/${stack.live}`);
    await page.locator(".connection.live").waitFor();
    await opens(page.locator(".history button[tabindex='0']"), byKey);
    await opens(page.locator(".page-head").getByRole("button", { name: "Cancel" }), press("Let it run"));
  });
});

describe.skipIf(missing)("the focus in a long list", () => {
  useBrowser();
  const ROWS = 400;
  beforeAll(async () => {
    await manyTasks(query, { rows: ROWS, days: 3, newestDay: 1 });
    const waiting = await enqueue("check_tournament_transitions", {}, { countdown: 3000 });
    return () => query("delete from tasks where args ? 'number' or id = $1", [waiting]).then(() => {});
  });

  /** Rows that are wholly in view, below the headers. */
  const inView = `(() => {
    const box = document.querySelector("[role=group][aria-label=Tasks]");
    const top = box.querySelector("thead th").getBoundingClientRect().bottom - 1;
    const bottom = box.getBoundingClientRect().bottom + 1;
    return [...box.querySelectorAll("[data-row]")].filter((row) => {
      const at = row.getBoundingClientRect();
      return at.top >= top && at.bottom <= bottom;
    }).map((row) => Number(row.dataset.row));
  })()`;
  const rowOfFocus = (page: Page) =>
    page.evaluate("Number(document.activeElement.closest('[data-row]')?.dataset.row ?? NaN)").then(Number);
  const visible = async (page: Page) =>
    z
      .array(z.number())
      .min(3)
      .parse(await page.evaluate(inView));

  test("more rows load without losing the focus; after scrolling, Tab goes on with the first row in view", async () => {
    const midnight = new Date();
    midnight.setUTCHours(-24, 0, 0, 0);
    const { page } = await open(`/ops/tasks?until=${midnight.toISOString()}`, { operator: true });
    const box = page.getByRole("group", { name: "Tasks" });
    const more = box.getByRole("button", { name: "Load more" });
    await more.focus();
    for (let loaded = 100; loaded < 300; loaded += 100) {
      await page.keyboard.press("Enter");
      await page.getByText(`${loaded + 100} shown`, { exact: true }).waitFor();
      await focused(more).toBe(true);
    }
    /** From the box itself over its headers to the first stop in a row. */
    const intoRows = async () => {
      await box.focus();
      for (let i = 0; i < 15; i++) {
        await page.keyboard.press("Tab");
        if (!Number.isNaN(await rowOfFocus(page))) return;
      }
      throw new Error("no row was reached");
    };
    for (const scroll of [0, 2000, 5011, 8400]) {
      await box.evaluate((element, top) => {
        element.scrollTop = top;
      }, scroll);
      await page.waitForTimeout(150);
      const before = await visible(page);
      await intoRows();
      const at = await rowOfFocus(page);
      // The first row may be the one that the headers cover in part: it is scrolled clear of them.
      expect([-1, 0], `scrolled to ${scroll}`).toContain(at - (before[0] ?? 0));
      const after = await visible(page);
      expect(after).toContain(at);
      expect(after, "the list stays where it is").toContain(before[1]);
      // Its own controls come next.
      await page.keyboard.press("Tab");
      expect(await rowOfFocus(page)).toBe(at);
      expect(await page.evaluate("document.activeElement.matches('input[type=checkbox], a, button')")).toBe(true);
    }
    // The focused row was scrolled away: Tab goes on with the first row in view.
    await box.evaluate((element) => {
      element.scrollTop = 1000;
    });
    await page.waitForTimeout(150);
    const before = await visible(page);
    await page.keyboard.press("Tab");
    expect([-1, 0]).toContain((await rowOfFocus(page)) - (before[0] ?? 0));
  });
});
