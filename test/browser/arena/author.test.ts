/** The path of an agent's author: from the list of agents to the agent's first decision, without a dead end. */
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { allow, missing, open, post, scan, settled, stack, useBrowser } from "../../support/browser/pages.ts";

describe.skipIf(missing)("an agent's author", () => {
  useBrowser();

  test.each([
    ["desktop", false],
    ["phone", true],
  ])("makes an agent, enters it and sees its first decision, on a %s", async (size, phone) => {
    allow(/422/);
    const name = `Night owl on a ${size}`;
    const { page } = await open("/a", { operator: true, phone });
    await page.getByRole("link", { name: "New agent" }).click();
    const make = page.getByRole("button", { name: "Make it" });
    await make.click();
    await page.getByText("Give it a name.").waitFor();
    await page.getByText("Choose a strategy.").waitFor();
    const strategy = page.getByRole("radio", { name: /^swing/ });
    await strategy.check();
    await page.getByLabel("Name", { exact: true }).fill(name);
    const risk = page.getByLabel("Risk", { exact: true });
    expect(await risk.inputValue(), "the strategy's own").toBe("0.5");
    await risk.fill("0.3");
    if (!phone) await scan(page, "/a/new", "new-agent");
    await make.click();

    await page.getByRole("heading", { level: 1, name }).waitFor();
    await settled(page);
    const limits = page.getByRole("row", { name: "Risk" }).locator("td");
    expect(await limits.allTextContents()).toEqual(["Risk", "30 %", "50 %"]);
    if (!phone) await scan(page, "/a/…, not entered", "agent-new");
    const cups = page.getByLabel("Tournament", { exact: true });
    await cups.selectOption(stack.live);
    await page.getByText("It joins with the next round").waitFor();
    await page.getByRole("button", { name: "Enter it" }).click();
    await page.waitForURL(`**/t/${stack.live}/*`);
    await page.locator("details.decision, details.held, .held").first().waitFor();
  });

  test("an agent is changed and copied; its copy needs a name of its own", async () => {
    const { id } = await post(
      "/agents",
      {
        name: "The original",
        strategy: "buy_and_hold",
        config: { params: { symbol: "BTC-USDT" } },
      },
      z.looseObject({ id: z.string() }),
    );
    const { page } = await open(`/a/${id}`, { operator: true });
    await page.getByRole("link", { name: "Change" }).click();
    const symbol = page.getByLabel("Parameter symbol");
    expect(await symbol.inputValue()).toBe("BTC-USDT");
    await symbol.fill("ETH-USDT");
    await scan(page, "/a/…/edit", "edit-agent");
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByText("ETH-USDT", { exact: true }).waitFor();

    await page.getByRole("link", { name: "Copy" }).click();
    expect(await symbol.inputValue()).toBe("ETH-USDT");
    const name = page.getByLabel("Name", { exact: true });
    expect(await name.inputValue()).toBe("");
    await name.fill("The copy");
    await page.getByRole("button", { name: "Make it" }).click();
    await page.getByRole("heading", { level: 1, name: "The copy" }).waitFor();
    await page.getByText("ETH-USDT", { exact: true }).waitFor();
  });

  test("a new tournament takes the agents that fit its symbols, and leaves out one that would play in vain", async () => {
    const slow = await post(
      "/agents",
      { name: "Deep thinker", strategy: "value", config: { thinking_seconds: 100 } },
      z.looseObject({ id: z.string() }),
    );
    expect(slow.id).not.toBe("");
    await post("/agents", { name: "Away", kind: "outside" }, z.looseObject({ id: z.string() }));
    const { page } = await open("/new", { operator: true });
    const holder = page.getByRole("checkbox", { name: /Buy and hold ETH/ });
    await expect.poll(() => holder.isChecked()).toBe(true);
    // Nobody may be there to answer for it.
    expect(await page.getByRole("checkbox", { name: /^Away/ }).isChecked()).toBe(false);
    await page.getByRole("checkbox", { name: "ETH-USDT", exact: true }).uncheck();
    await expect.poll(() => holder.isChecked()).toBe(false);
    await page.getByText("ETH-USDT is not traded").first().waitFor();
    await page.getByLabel("Name", { exact: true }).fill("Without thinkers");
    await page.getByRole("button", { name: "See what will happen" }).click();
    const plan = page.getByRole("region", { name: "What will happen" });
    await plan.getByText("Deep thinker thinks for 100 s, and a round gives 30 s").waitFor();
    await plan.getByRole("button", { name: "Leave Deep thinker out" }).click();
    await expect.poll(() => plan.getByText("Deep thinker").count()).toBe(0);
    await plan.waitFor();
    await page.getByRole("button", { name: "Make it and start" }).waitFor();
    expect(await page.getByRole("checkbox", { name: /Deep thinker/ }).isChecked()).toBe(false);
  });
});
