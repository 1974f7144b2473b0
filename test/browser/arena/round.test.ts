/** The strip of the round under way and the leaderboard, driven by the server's welcome and by steps that a test sends. */
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { leaderboardItem } from "../../../src/api/arena-answers.ts";
import { type FeedEvent, feedFrame } from "../../../src/api/feed.ts";
import { missing, open, stack, useBrowser } from "../../support/browser/pages.ts";

type RoundEvent = Extract<FeedEvent, { type: "round" }>;

describe.skipIf(missing)("a round, step by step", () => {
  useBrowser();

  const ROUND = 800;
  const ago = (seconds: number) => new Date(Date.now() - seconds * 1000).toISOString();
  const items = async <T extends z.ZodType>(path: string, item: T) =>
    z.object({ items: z.array(item) }).parse(await (await fetch(new URL(path, stack.url))).json()).items;

  /** The live tournament's page; `sendStep` sends the events as one step of the feed, in place of the server's own. */
  async function watch() {
    const { page } = await open("/signin");
    let sendStep: (events: FeedEvent[]) => void = () => {};
    await page.routeWebSocket(/\/feed/, (socket) => {
      const server = socket.connectToServer();
      server.onMessage((message) => {
        // The answer to the page's ping, which comes to a page that is open for a while.
        if (message === "pong") return socket.send(message);
        const frame = feedFrame.parse(JSON.parse(String(message)));
        if (frame.type !== "welcome") return;
        let { seq } = frame;
        sendStep = (events) => {
          seq += 1;
          const at = new Date().toISOString();
          const step = feedFrame.parse({ type: "step", seq, token: "a test's", at, events });
          socket.send(JSON.stringify(step));
        };
        socket.send(message);
      });
    });
    await page.goto(`/t/${stack.live}`);
    await page.locator(".connection.live").waitFor();
    await page.locator("[role=group][aria-label=Leaderboard] tbody tr").first().waitFor();
    return { page, sendStep: (...events: FeedEvent[]) => sendStep(events) };
  }

  const roundAt = (more: Partial<RoundEvent>): RoundEvent => ({
    type: "round",
    number: ROUND,
    state: "open",
    due_at: ago(0),
    opened_at: ago(0),
    deadline_at: ago(-65),
    closed_at: null,
    quoted_at: null,
    settled_at: null,
    skip_reason: null,
    participants: 3,
    decided: 0,
    ...more,
  });

  test("the strip shows the countdown, decided and late entries, then closed, quoted, settled, and the next round's time", async () => {
    const entries = await items(
      `/tournaments/${stack.live}/agents?limit=100`,
      z.looseObject({ agent_id: z.string(), agent: z.string() }),
    );
    const { page, sendStep } = await watch();
    const strip = page.getByRole("region", { name: "The round under way" });
    const steps = strip.locator(".steps li");
    const stepNow = strip.locator(".steps li[aria-current=step]");
    const marks = strip.getByRole("list", { name: "Who has decided" }).getByRole("listitem");
    const [first, second] = entries;
    const participants = entries.length;

    const opened = roundAt({ participants, due_at: ago(-1) });
    sendStep(opened);
    await strip.getByText(`Round ${ROUND}`, { exact: true }).waitFor();
    expect(await stepNow.textContent()).toBe("open");
    const timer = strip.getByRole("timer");
    expect(await timer.textContent()).toMatch(/^Closes in 1:0\d$/);
    const before = await timer.textContent();
    await expect.poll(() => timer.textContent()).not.toBe(before);
    await strip.getByText(`0/${participants} decided`, { exact: true }).waitFor();
    expect(await marks.count()).toBe(participants);
    await marks.filter({ hasText: `${first?.agent} has not decided yet` }).waitFor();

    const agents = [first?.agent_id ?? ""];
    sendStep({ type: "progress", round: ROUND, decided: 1, participants, agents });
    await strip.getByText(`1/${participants} decided`).waitFor();
    await marks.filter({ hasText: `${first?.agent} has decided` }).waitFor();
    // The round's time goes on: who has not decided is late, the others are not.
    await strip.getByText(`1/${participants} decided, ${participants - 1} late`).waitFor();
    await marks.filter({ hasText: `${second?.agent} is late` }).waitFor();
    expect(await marks.filter({ hasText: "is late" }).count()).toBe(participants - 1);

    const closed = { ...opened, state: "closed", decided: participants, closed_at: ago(0) } as const;
    sendStep(closed);
    await expect.poll(() => stepNow.textContent()).toBe("closed");
    await strip.getByText("Filling orders").waitFor();
    await strip.getByText(`${participants}/${participants} decided`, { exact: true }).waitFor();
    const quoted = { ...closed, state: "quoted", quoted_at: ago(0) } as const;
    sendStep(quoted);
    await expect.poll(() => stepNow.textContent()).toBe("quoted");
    sendStep({ ...quoted, state: "settled", due_at: ago(1), settled_at: ago(0) });
    await expect.poll(() => steps.evaluateAll((all) => all.map((li) => li.className))).toEqual(Array(4).fill("done"));
    expect(await timer.textContent()).toMatch(new RegExp(`^Round ${ROUND + 1} in 0:0\\d$`));
    expect(await steps.last().getAttribute("title")).toMatch(/\d\d:\d\d:\d\d/);
    await strip.getByRole("button", { name: `Round ${ROUND}, settled` }).waitFor();
  });

  test("the strip keeps its height through every state of a round, and nothing below it moves", async () => {
    const entries = await items(`/tournaments/${stack.live}/agents?limit=100`, z.looseObject({ agent_id: z.string() }));
    const participants = entries.length;
    const { page, sendStep } = await watch();
    const strip = page.getByRole("region", { name: "The round under way" });
    const agents = entries.slice(0, 1).map(({ agent_id }) => agent_id);
    const statesOf = (number: number): readonly (readonly [string, FeedEvent])[] => {
      const opened = roundAt({ number, participants, due_at: ago(-1) });
      const closed = { ...opened, state: "closed", decided: participants, closed_at: ago(0) } as const;
      const quoted = { ...closed, state: "quoted", quoted_at: ago(0) } as const;
      const skipped = { number: number + 1, state: "skipped", opened_at: null, skip_reason: "paused" } as const;
      return [
        [`0/${participants} decided`, opened],
        [`1/${participants} decided`, { type: "progress", round: number, decided: 1, participants, agents }],
        [`, ${participants - 1} late`, { ...opened, decided: 1, due_at: ago(60) }],
        ["Filling orders", closed],
        ["Filling orders", quoted],
        [`Round ${number + 1} in`, { ...quoted, state: "settled", due_at: ago(1), settled_at: ago(0) }],
        ["skipped:", roundAt({ ...skipped, participants })],
        [`0/${participants} decided`, roundAt({ number: number + 2, participants, due_at: ago(-1) })],
      ];
    };
    for (const [i, width] of [1440, 1100, 800, 390].entries()) {
      await page.setViewportSize({ width, height: 1000 });
      const heights: string[] = [];
      for (const [text, event] of statesOf(ROUND + 10 * i)) {
        sendStep(event);
        await strip.getByText(text).waitFor();
        const box = await strip.boundingBox();
        heights.push(`${text}: ${Math.round(box?.height ?? 0)} px`);
      }
      expect(new Set(heights.map((each) => each.split(": ").at(-1))).size, `${width}: ${heights.join("; ")}`).toBe(1);
    }
  });

  test("a round that is skipped says why", async () => {
    const { page, sendStep } = await watch();
    sendStep(roundAt({ state: "skipped", opened_at: null, skip_reason: "paused" }));
    const strip = page.getByRole("region", { name: "The round under way" });
    await strip.getByText(/^skipped: ./).waitFor();
    expect(await strip.locator(".steps").count()).toBe(0);
  });

  test("when it has settled, ranks move and the board says by how much", async () => {
    const board = await items(`/tournaments/${stack.live}/leaderboard?limit=100`, leaderboardItem);
    const { page, sendStep } = await watch();
    const ranked = board.filter(({ baseline }) => !baseline);
    const moved = ranked.map((item, i) => ({
      ...item,
      rank: i + 1,
      rank_change: i === 0 ? 2 : i === 1 ? -1 : 0,
      equity: (900 - i).toFixed(2),
    }));
    const rest = board.filter(({ baseline }) => baseline);
    sendStep({ type: "leaderboard", round: ROUND, total: board.length, items: [...moved, ...rest] });
    const rows = page.getByRole("group", { name: "Leaderboard" }).locator("tbody tr");
    await rows.first().getByTitle("Up by 2 since the round before").waitFor();
    await rows.nth(1).getByTitle("Down by 1 since the round before").waitFor();
    expect(
      await rows
        .nth(2)
        .getByTitle(/since the round before/)
        .count(),
    ).toBe(0);
    expect(await rows.first().locator("td").first().textContent()).toBe("12");
    await rows.first().getByText("900.00").waitFor();
  });

  test("the first fills of a tournament set its entries apart, and nothing below the prices moves", async () => {
    const board = await items(`/tournaments/${stack.live}/leaderboard?limit=100`, leaderboardItem);
    const { page, sendStep } = await watch();
    const ticker = page.locator(".ticker");
    for (const [i, width] of [1440, 800, 390].entries()) {
      await page.setViewportSize({ width, height: 1000 });
      const tops: (number | undefined)[] = [];
      for (const [step, apart] of [false, true].entries()) {
        const placed = board.map((item, at) => ({ ...item, equity: apart ? `${900 - at}` : "500", return: 0 }));
        const round = ROUND + 10 * i + step;
        sendStep({ type: "leaderboard", round, total: board.length, items: placed });
        await (apart
          ? ticker.getByRole("link", { name: /^Highest/ }).waitFor()
          : ticker.getByText("All are even at 500.00").waitFor());
        tops.push((await page.locator(".arena-grid").boundingBox())?.y);
      }
      expect(tops[1], `at ${width} px`).toBe(tops[0]);
    }
  });
});
