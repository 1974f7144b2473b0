/** A whole visit with Tab, Space, Enter, Escape and typed text. The test clicks nothing and sets no focus. */
import type { Locator, Page } from "playwright-core";
import { afterEach, describe, expect, test } from "vitest";
import { z } from "zod";
import { enqueue, missing, open, post, query, stack, useBrowser } from "../../support/browser/pages.ts";

/** More presses of Tab than any element needs. */
const STOPS_MAX = 150;

const hasFocus = (wanted: Locator) => wanted.evaluate((element) => element.matches(":focus"));

/** Presses Tab until the element has the focus, and checks that the focus is visible. */
async function tabTo(page: Page, wanted: Locator): Promise<void> {
  await wanted.waitFor();
  for (let stops = 0; stops < STOPS_MAX; stops++) {
    const there = await hasFocus(wanted);
    if (there) {
      expect(await page.evaluate("document.activeElement.matches(':focus-visible')")).toBe(true);
      return;
    }
    await page.keyboard.press("Tab");
  }
  throw new Error(
    `${wanted} is not reached by Tab; the focus is on ${await page.evaluate("document.activeElement.outerHTML.slice(0, 200)")}`,
  );
}

async function press(page: Page, wanted: Locator, key = "Enter"): Promise<void> {
  await tabTo(page, wanted);
  await page.keyboard.press(key);
}

/** Replaces the field's text, like a user who tabbed into the field. */
async function type(page: Page, field: Locator, text: string): Promise<void> {
  await tabTo(page, field);
  await page.keyboard.press("ControlOrMeta+a");
  await page.keyboard.type(text);
}

describe.skipIf(missing)("by keyboard alone", () => {
  useBrowser();
  afterEach(async () => {
    await post("/queues/recovery/resume", {}, z.unknown());
  });

  test("an operator signs in, makes a tournament and cancels it", async () => {
    const { page } = await open("/");
    // The page that comes has a header of its own: a focus in the header of the page that goes is lost.
    await page.getByRole("heading", { level: 1, name: "The test cup" }).waitFor();
    await press(page, page.getByRole("link", { name: "Sign in" }).first());
    await type(page, page.getByLabel("Operator key"), stack.operatorKey);
    await page.keyboard.press("Enter");
    // The page that comes takes the focus: a Tab before that would go on in the page that goes.
    await page.waitForURL((url) => url.pathname === "/");
    await page.getByRole("heading", { level: 1, name: "The test cup" }).waitFor();
    await press(page, page.getByRole("link", { name: "New tournament" }));
    await page.getByRole("heading", { level: 1, name: "New tournament" }).waitFor();
    await type(page, page.getByLabel("Name", { exact: true }), "Made by keys");
    // Arrow keys choose in a list: from a minute down to five seconds.
    await tabTo(page, page.getByLabel("A round every"));
    for (let i = 0; i < 3; i++) await page.keyboard.press("ArrowUp");
    expect(await page.getByLabel("A round every").inputValue()).toBe("5");
    await press(page, page.getByRole("button", { name: "None" }));
    const agent = page.getByRole("checkbox", { name: /AlphaBot/ });
    await press(page, agent, "Space");
    expect(await agent.isChecked()).toBe(true);
    await press(page, page.getByRole("button", { name: "See what will happen" }));
    await page.getByRole("region", { name: "What will happen" }).waitFor();
    await press(page, page.getByRole("button", { name: "Make it and start" }));
    await page.getByRole("heading", { level: 1, name: "Made by keys" }).waitFor();
    await page.locator(".page-head .chip", { hasText: /^live$/ }).waitFor();
    await press(page, page.getByRole("button", { name: "Cancel", exact: true }));
    await press(page, page.getByRole("dialog").getByRole("button", { name: "Cancel the tournament" }));
    await page.locator(".page-head .chip", { hasText: "cancelled" }).waitFor();
  });

  test("an operator cancels chosen tasks, and pauses and resumes a queue; a closed dialog gives the focus back", async () => {
    const ids = [];
    for (let i = 0; i < 2; i++) ids.push(await enqueue("check_tournament_transitions", {}, { countdown: 5000 + i }));
    const { page } = await open("/ops/tasks?name=check_tournament_transitions&state=PENDING", { operator: true });
    for (const id of ids) await press(page, page.getByRole("checkbox", { name: new RegExp(id) }), "Space");
    const cancel = page.getByRole("button", { name: "Cancel 2", exact: true });
    await press(page, cancel);
    await page.getByText("Nothing is done yet").waitFor();
    await page.keyboard.press("Escape");
    // The browser closes the dialog before the page gets the event.
    await page.locator("dialog .inside").waitFor({ state: "detached" });
    await expect.poll(() => hasFocus(cancel)).toBe(true);
    await page.keyboard.press("Enter");
    await press(page, page.getByRole("button", { name: "Cancel 2 tasks" }));
    await page.locator(".page-head .chip", { hasText: "done" }).waitFor();
    const states = await query<{ state: string }>("select distinct state from tasks where id = any($1::uuid[])", [ids]);
    expect(states).toEqual([{ state: "REVOKED" }]);

    await press(page, page.getByRole("navigation", { name: "Control room" }).getByRole("link", { name: "Queues" }));
    const card = page.getByRole("region", { name: /^recovery/ });
    await press(page, card.getByRole("button", { name: "Pause" }));
    await type(page, page.getByLabel("Reason"), "by keys");
    await press(page, page.getByRole("dialog").getByRole("button", { name: "Pause" }));
    await card.getByText("by keys").waitFor();
    await press(page, card.getByRole("button", { name: "Resume" }));
    await card.getByRole("button", { name: "Pause" }).waitFor();
  });
});
