/** Connections that break on the real stack: the page comes back at once, and nothing is lost or shown twice. */
import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { allow, missing, open, stack, useBrowser, wholeLive } from "../support/browser/pages.ts";

/** Makes every wait the longest possible, and lets a test have the socket resume with a token of another log. */
const WORLD = `{
  Math.random = () => 0.999;
  window.opened = [];
  const Real = WebSocket;
  window.WebSocket = class extends Real {
    constructor(url) {
      super(window.foreign ? url.replace(/resume=.*/, "resume=another-log.1") : url);
      window.opened.push(url);
    }
  };
  addEventListener("online", () => setTimeout(() => { window.openedWhenOnline = opened.length; }));
}`;

const rounds = z.array(z.number());

/** The rounds in the strip's history and in the list of decisions, newest first. */
async function roundsShown(page: Page) {
  const inStrip = rounds.parse(
    await page.evaluate(
      "[...document.querySelectorAll('.history button')].map((b) => Number(/\\d+/.exec(b.title)[0]))",
    ),
  );
  const inList = rounds.parse(
    await page.evaluate(
      "[...document.querySelectorAll('.decision-list :is(.round-group > h3, .quiet-round > summary)')].flatMap((h) => { const [from, to = from] = h.querySelector('.num').textContent.match(/\\d+/g).map(Number); return Array.from({ length: to - from + 1 }, (_, i) => to - i); })",
    ),
  );
  return { inStrip, inList };
}

const list = z.object({ items: z.array(z.looseObject({ number: z.number(), state: z.string() })) });

/** Newest first, as they are stored. */
async function stored() {
  const answer = await fetch(new URL(`/tournaments/${stack.live}/rounds?limit=100`, stack.url));
  return list.parse(await answer.json()).items;
}

/** Rounds that either list misses, repeats or misplaces, and whether one list is behind the other. */
async function faultsOf(page: Page) {
  const { inStrip, inList } = await roundsShown(page);
  // A skipped round has no decisions.
  const skipped = new Set((await stored()).flatMap(({ number, state }) => (state === "skipped" ? [number] : [])));
  const expected = (numbers: readonly number[]) => {
    const [most = 0, least = 0] = [numbers[0], numbers.at(-1)];
    return Array.from({ length: most - least + 1 }, (_, i) => most - i);
  };
  const wrong = (numbers: readonly number[], wanted: readonly number[]) =>
    JSON.stringify(numbers) === JSON.stringify(wanted) ? [] : numbers;
  return {
    inStrip: wrong(inStrip, expected(inStrip)),
    inList: wrong(
      inList,
      expected(inList).filter((number) => !skipped.has(number)),
    ),
    isBehind: expected(inStrip).some((number, i) => i > 1 && number > (inList[0] ?? -1) && !skipped.has(number)),
  };
}

/** Waits: a list that is read again may still be under way, while a lost round never comes. */
async function nothingIsMissing(page: Page): Promise<void> {
  await expect.poll(() => faultsOf(page)).toEqual({ inStrip: [], inList: [], isBehind: false });
  const { inStrip, inList } = await roundsShown(page);
  expect(Math.min(inStrip.length, inList.length)).toBeGreaterThan(1);
}

/** Not a further page of a list: older rows are read when their place comes into view. */
const isNew = (path: string) => !path.includes("cursor=");

const newest = async (page: Page) => (await roundsShown(page)).inStrip[0] ?? -1;

/** Waits until so many rounds have opened since the last one that the page knows. */
async function roundsPass(from: number, count: number): Promise<void> {
  const last = async () => (await stored())[0]?.number ?? -1;
  await expect.poll(last, { interval: 200 }).toBeGreaterThanOrEqual(from + count);
}

/** Opens the live tournament with WORLD in place, and waits for its first reads. */
async function openLive() {
  allow(/WebSocket/, /ERR_INTERNET_DISCONNECTED/);
  const { page, asked } = await open("/signin");
  await page.addInitScript(WORLD);
  await page.goto(`/t/${stack.live}`);
  await wholeLive(page);
  return { page, asked, before: asked.length, from: await newest(page) };
}

describe.skipIf(missing)("a connection that breaks", () => {
  useBrowser();

  test("when the network goes and comes, the page says so, reconnects at once and misses nothing", async () => {
    const { page, asked, before, from } = await openLive();
    const tries = Number(await page.evaluate("opened.length"));
    await page.context().setOffline(true);
    await page.locator(".connection.reconnecting").waitFor({ timeout: 2_000 });
    await roundsPass(from, 1);
    // Right after the third failed attempt: the next one is five seconds away.
    await expect.poll(() => page.evaluate("opened.length"), { interval: 50 }).toBe(tries + 3);
    await page.context().setOffline(false);
    await page.locator(".connection.live").waitFor();
    expect(await page.evaluate("openedWhenOnline"), "it tries at once").toBe(tries + 4);
    expect(await page.evaluate("opened.at(-1)")).toContain("?resume=");
    await expect.poll(() => newest(page)).toBeGreaterThan(from);
    await nothingIsMissing(page);
    expect(asked.slice(before).filter(isNew), "what it missed came by its token").toEqual([]);
  });

  test("with an expired token everything is read again, and nothing is shown twice", async () => {
    const { page, asked, before, from } = await openLive();
    await page.evaluate("window.foreign = true");
    await page.context().setOffline(true);
    await roundsPass(from, 1);
    await page.context().setOffline(false);
    await page.locator(".connection.live").waitFor();
    for (const what of ["/rounds", "/leaderboard", "/decisions", "/equity", "/positions"])
      await expect
        .poll(() => asked.slice(before).filter((path) => path.includes(what)).length, { message: what })
        .toBe(1);
    await expect.poll(() => newest(page)).toBeGreaterThan(from);
    await nothingIsMissing(page);
    // It goes on from there, by the feed alone.
    const [settled, since] = [asked.length, await newest(page)];
    await expect.poll(() => newest(page)).toBeGreaterThan(since);
    await nothingIsMissing(page);
    expect(asked.slice(settled).filter(isNew)).toEqual([]);
  });

  test("when the feed opens long after the answers, events between the two are shown", async () => {
    const { page } = await open("/signin");
    let begin = () => {};
    const gate = new Promise<void>((done) => {
      begin = done;
    });
    await page.routeWebSocket(/\/feed/, async (socket) => {
      await gate;
      socket.connectToServer();
    });
    await page.goto(`/t/${stack.live}`);
    await page.locator(".decision-list").waitFor();
    const from = await newest(page);
    await roundsPass(from, 2);
    begin();
    await page.locator(".connection.live").waitFor();
    await expect.poll(() => newest(page)).toBeGreaterThan(from + 1);
    await nothingIsMissing(page);
  });
});
