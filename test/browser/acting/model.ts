/** A spectator reads why a language model bought: its card on a closed round, with prompt, steps, tokens and cost. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Page } from "playwright-core";
import { describe, expect, onTestFinished, test } from "vitest";
import { z } from "zod";
import { missing, open, post, query, scan, settled, stack, useBrowser } from "../../support/browser/pages.ts";
import { decides, hold, says, scriptedModel } from "../../support/models/scripted-model.ts";
import { syntheticReplay } from "../../support/synthetic-replay.ts";

const made = z.looseObject({ id: z.string() });
const WHY = "BTC has fallen for three days, and its RSI is low.";
const INSTRUCTIONS = "Buy what has fallen for three days.";

describe.skipIf(missing)("a decision of a language model", () => {
  useBrowser();

  test("says on its card why it bought: what it was told, its steps in order, tokens and cost", async () => {
    const model = await scriptedModel();
    onTestFinished(() => model.close());
    const { promise: gate, resolve: letGo } = Promise.withResolvers<void>();
    const looks = {
      calls: [
        { name: "get_price", args: { symbol: "BTC-USDT" } },
        {
          name: "plan_step",
          args: { type: "RESEARCH", at: "2040-01-01T00:00:00Z", note: "Is it still low?" },
          id: "b",
        },
      ],
    };
    const bought = {
      orders: [{ side: "buy", symbol: "BTC-USDT", amount: "50", exit: { stop: "1000" } }],
      reasoning: WHY,
    };
    model.script(async (_, n) => {
      if (n < 2) return n === 0 ? says(looks) : decides(bought);
      // The second round stays open, and the tournament goes on, until the test lets it end.
      await gate;
      return decides(hold);
    });
    const prices = { input_usd_per_million: "2", output_usd_per_million: "10" };
    const llm = { base_url: model.url, model: "small-thinker", instructions: INSTRUCTIONS, prices };
    const { id: agent } = await post("/agents", { name: "Open mind", kind: "llm", config: { llm } }, made);
    const { id: cup } = await post("/tournaments", await syntheticReplay(query, 2, [agent]), made);
    await post(`/tournaments/${cup}/start`, {}, z.unknown());
    await expect.poll(() => model.received.length).toBe(3);

    const { page } = await open(`/t/${cup}`);
    await settled(page);
    const card = page.locator("details.decision").filter({ hasText: "Open mind" }).filter({ hasText: WHY });
    await card.locator("summary").first().click();
    const talk = card.getByRole("region", { name: "How it decided" });
    // Two steps of 1,000 tokens in and 100 out, at 2 and 10 dollars a million.
    await talk.getByText(/^small-thinker: 2 steps, 2,000 tokens in, 200 out, \$0\.006/).waitFor();
    await talk.getByText("is public when the tournament has ended").waitFor();
    const steps = talk.locator(".model-steps > li");
    expect(await steps.count()).toBe(2);
    expect(await steps.nth(0).textContent()).toMatch(
      /Step 1.*1,000 tokens in, 100 out.*get_price.*BTC-USDT.*plan_step/,
    );
    expect(await steps.nth(1).textContent()).toMatch(/Step 2.*1,000 tokens in, 100 out.*submit_decision/);
    expect(await card.textContent()).not.toContain(INSTRUCTIONS);
    await scan(page, "a model's card", "model-card");

    letGo();
    await ended(cup);
    await page.setViewportSize({ width: 1440, height: 1000 });
    await page.goto(`/t/${cup}/${agent}`);
    await settled(page);
    await page.locator("details.decision").filter({ hasText: WHY }).locator("summary").first().click();
    const told = fold(page, "What it was told");
    await told.locator("summary").first().click();
    const parts = told.locator("details > summary > span:first-child");
    expect(await parts.allTextContents()).toEqual(["rules", "instructions", "round", "market", "own", "task"]);
    await fold(page, "instructions").locator("summary").click();
    await page.getByRole("region", { name: "instructions" }).getByText(INSTRUCTIONS).waitFor();
    await fold(page, "It got back").first().locator("summary").click();
    await page.getByRole("region", { name: "what get_price gave back" }).getByText('"price"').waitFor();
    await page.getByRole("tab", { name: "Memory" }).click();
    const memory = page.getByRole("tabpanel");
    await memory.getByText("Is it still low?").waitFor();
    await memory.getByText("The tournament ended before.").waitFor();
    await memory.getByText("Exit: stop 1000").waitFor();
    await scan(page, "a model's entry", "model-entry");
    const own = await open(`/a/${agent}`, { operator: true });
    const rounds = own.page.getByRole("group", { name: "Rounds" });
    await rounds.locator("tbody tr").nth(1).waitFor();
    // Its model was asked by us: no round of it is without an answer.
    expect(await rounds.locator("tbody").textContent()).not.toContain("no answer");
  });
});

const fold = (page: Page, name: string) =>
  page.locator("details.model-part").filter({ has: page.locator(`> summary > span:text-is("${name}")`) });

async function ended(id: string): Promise<void> {
  const shape = z.looseObject({ status: z.string() });
  for (;;) {
    const { status } = shape.parse(await (await fetch(new URL(`/tournaments/${id}`, stack.url))).json());
    if (status === "completed") return;
    await sleep(200);
  }
}
