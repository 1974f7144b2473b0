/** A real round of fifteen seconds on the strip, by the real feed. */
import type { Page } from "playwright-core";
import { beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { missing, open, post, stack, useBrowser } from "../../support/browser/pages.ts";

const INTERVAL = 15;
const SLOW = "Slowpoke";

const seen = z.array(
  z.object({
    at: z.number(),
    round: z.string(),
    steps: z.array(z.string()),
    timer: z.string(),
    decided: z.string(),
    marks: z.array(z.string()),
    times: z.number(),
  }),
);

/** Records every state that the strip shows. */
const WATCH = `{
  window.seen = [];
  let last = "";
  new MutationObserver(() => {
    const strip = document.querySelector("section.round-strip");
    if (!strip) return;
    const text = (what) => strip.querySelector(what)?.textContent ?? "";
    const all = (what) => [...strip.querySelectorAll(what)];
    const now = {
      round: text(".round-head strong"),
      steps: all(".steps li").map((li) => li.className),
      timer: text("[role=timer]"),
      decided: text(".deciders > span"),
      marks: all(".marks li").map((li) => li.title),
      times: all(".steps li[title]").length,
    };
    const key = JSON.stringify(now);
    if (key !== last) window.seen.push({ at: Date.now(), ...now });
    last = key;
  }).observe(document, { subtree: true, childList: true, characterData: true, attributes: true });
}`;

describe.skipIf(missing)("a round in its own time", () => {
  useBrowser();
  const made = z.looseObject({ id: z.string() });
  let cup = "";

  beforeAll(async () => {
    const config = { thinking_seconds: 60 };
    const slow = await post("/agents", { name: SLOW, strategy_type: "momentum", config }, made);
    const answer = await fetch(new URL(`/tournaments/${stack.live}/agents`, stack.url));
    const { items } = z.object({ items: z.array(z.looseObject({ agent_id: z.string() })) }).parse(await answer.json());
    const prompt = items.slice(0, 2).map(({ agent_id }) => agent_id);
    const startsAt = Math.ceil(Date.now() / 1000) * 1000 + 3_600_000;
    const body = {
      name: "The slow cup",
      market: "synthetic",
      symbols: ["BTC-USDT"],
      interval_seconds: INTERVAL,
      starts_at: new Date(startsAt).toISOString(),
      ends_at: new Date(startsAt + 10 * INTERVAL * 1000).toISOString(),
      agent_ids: [...prompt, slow.id],
      rules: { seed: "7" },
    };
    cup = (await post("/tournaments", body, made)).id;
    return async () => {
      await post(`/tournaments/${cup}/cancel`, {}, made);
    };
  });

  /** Its first round is due in a moment. */
  async function start(): Promise<void> {
    const startsAt = Math.ceil(Date.now() / 1000 + 3) * 1000;
    const times = {
      starts_at: new Date(startsAt).toISOString(),
      ends_at: new Date(startsAt + 10 * INTERVAL * 1000).toISOString(),
    };
    const headers = { authorization: `Bearer ${stack.operatorKey}`, "content-type": "application/json" };
    const url = new URL(`/tournaments/${cup}`, stack.url);
    const answer = await fetch(url, { method: "PATCH", headers, body: JSON.stringify(times) });
    expect(answer.status, await answer.text()).toBe(200);
    await post(`/tournaments/${cup}/start`, {}, made);
  }

  /** What the strip showed during round `n`. */
  const during = async (page: Page, n: number) =>
    seen.parse(await page.evaluate("window.seen")).filter(({ round }) => round === `Round ${n}`);

  test("the strip shows open, closed, quoted and settled, counts decisions, names late entries, and counts down each wait", async () => {
    const { page } = await open("/signin");
    await page.addInitScript(WATCH);
    await page.goto(`/t/${cup}`);
    const strip = page.getByRole("region", { name: "The round under way" });
    await strip.locator("[role=timer]", { hasText: /^Starts in (59|1:00):\d\d$/ }).waitFor();
    await page.locator(".connection.live").waitFor();
    await start();
    await strip.getByText("Round 1", { exact: true }).waitFor();
    await strip.locator("[role=timer]", { hasText: "Closes in" }).waitFor();

    const first = await during(page, 0);
    const steps = first.map((state) => state.steps.join(" ")).filter((step, i, all) => step !== all[i - 1]);
    const stages = ["now ahead ahead ahead", "done now ahead ahead", "done done now ahead", "done done done done"];
    expect(steps[0]).toBe(stages[0]);
    expect(steps.at(-1)).toBe(stages[3]);
    expect(steps.map((step) => stages.indexOf(step))).toEqual([...new Set(steps)].map((s) => stages.indexOf(s)).sort());
    expect(first.at(-1)?.times, "each step says when").toBe(4);

    const whileOpen = first.filter((state) => state.steps[0] === "now");
    const counts = whileOpen.map(({ decided }) => Number(/^(\d)\/3 decided/.exec(decided)?.[1] ?? Number.NaN));
    expect(counts.at(-1)).toBe(2);
    expect(counts).toEqual([...counts].sort());
    const early = whileOpen.filter(({ decided }) => !decided.includes("late")).at(-1);
    expect(early?.marks).toContain(`${SLOW} has not decided yet`);
    expect(early?.marks.filter((mark) => mark.endsWith("has decided")).length).toBe(2);
    const late = whileOpen.at(-1);
    expect(late?.decided).toBe("2/3 decided, 1 late");
    expect(late?.marks.filter((mark) => mark.endsWith("is late"))).toEqual([`${SLOW} is late`]);
    expect(first.at(-1)?.decided).toBe("2/3 decided");

    /** Each whole second of a countdown to `to`, as it was shown, with how many seconds it was behind the truth. */
    const countdown = (label: string, to: number) =>
      first.flatMap(({ at, timer }) => {
        const [, minutes, seconds] = new RegExp(`^${label} (\\d+):(\\d\\d)$`).exec(timer) ?? [];
        const left = Number(minutes) * 60 + Number(seconds);
        return Number.isNaN(left) ? [] : [{ left, late: left - Math.max(0, to - at) / 1000 }];
      });
    const stored = z
      .object({
        due_at: z.string(),
        opened_at: z.string(),
        deadline_at: z.string(),
        closed_at: z.string(),
        quoted_at: z.string(),
        settled_at: z.string(),
        state: z.literal("settled"),
        decisions: z.array(z.unknown()),
        missed: z.array(z.looseObject({ agent: z.string() })),
      })
      .parse(await (await fetch(new URL(`/tournaments/${cup}/rounds/0`, stack.url))).json());
    const closes = countdown("Closes in", Date.parse(stored.deadline_at));
    const next = countdown("Round 1 in", Date.parse(stored.due_at) + INTERVAL * 1000);
    for (const shown of [closes, next]) {
      const lefts = shown.map(({ left }) => left);
      expect(new Set(lefts).size).toBeGreaterThan(2);
      expect(lefts).toEqual([...lefts].sort((a, b) => b - a));
      // A busy browser draws a second late, never early; the best drawn of them is near the truth.
      expect(Math.min(...shown.map(({ late }) => late))).toBeGreaterThan(-1.5);
      expect(Math.min(...shown.map(({ late }) => Math.abs(late)))).toBeLessThan(5);
    }
    const { opened_at, closed_at, quoted_at, settled_at, deadline_at } = stored;
    const order = [opened_at, deadline_at, closed_at, quoted_at, settled_at].map(Date.parse);
    expect(order).toEqual([...order].sort((a, b) => a - b));
    expect(stored.decisions.length).toBe(2);
    expect(stored.missed.map(({ agent }) => agent)).toEqual([SLOW]);

    // The next wait begins after it.
    expect((await during(page, 1))[0]?.decided).toMatch(/^[012]\/3 decided$/);
    await strip.getByRole("button", { name: "Round 0, settled" }).waitFor();
  });
});
