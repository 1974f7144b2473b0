/** The widest that may stand in a page: names of one word and the largest amounts. Nothing is cut off, nothing scrolls sideways. */
import { describe, expect, test } from "vitest";
import { missing, open, overflow, settled, stack, useBrowser } from "../support/browser/pages.ts";

const NAME = "W".repeat(80);
const AMOUNT = "1003218499927.96";
const names = /^(name|agent|tournament)$/;
const amounts = /^(equity|cash|profit|fees|realized_profit|biggest_win|biggest_loss|starting_cash|prize_pool)$/;

/** The same answer with the widest of all. */
function widened(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(widened);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, part]) => {
      if (typeof part !== "string") return [key, widened(part)];
      return [key, names.test(key) ? NAME : amounts.test(key) ? AMOUNT : part];
    }),
  );
}

describe.skipIf(missing)("the widest names and amounts", () => {
  useBrowser();

  test.each([
    ["an entry", () => `/t/${stack.finished}/${stack.evil}`],
    ["a tournament", () => `/t/${stack.finished}`],
    ["an agent", () => `/a/${stack.evil}`],
    ["all agents", () => "/a"],
  ])("%s is whole on a phone", async (_, path) => {
    const { page } = await open("/signin", { phone: true });
    await page.route(/\/(tournaments|agents)(\/|\?|$)/, async (route) => {
      if (route.request().resourceType() !== "fetch") return route.continue();
      const answer = await route.fetch();
      await route.fulfill({ response: answer, json: widened(await answer.json()) });
    });
    await page.goto(path());
    await settled(page);
    await page.getByText(NAME).first().waitFor();
    expect(await overflow(page)).toEqual([]);
    await page.unrouteAll({ behavior: "ignoreErrors" });
  });
});
