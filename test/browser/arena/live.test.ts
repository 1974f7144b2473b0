import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { allow, missing, open, query, stack, useBrowser, wholeLive } from "../../support/browser/pages.ts";
import { movedTooFar, watchShifts } from "../../support/browser/shift.ts";

describe.skipIf(missing)("the arena, live", () => {
  useBrowser();

  const entriesOf = async (id: string) =>
    (await query<{ n: number }>("select count(*)::int as n from entries where tournament_id = $1", [id]))[0]?.n;
  const roundNumber = (text: string | null) => Number(/Round (\d+)/.exec(text ?? "")?.[1] ?? -1);

  test("a round opens, is decided and settles on the page by the feed alone, without polling", async () => {
    const { page, asked } = await open("/");
    await page.getByRole("heading", { level: 1, name: "The test cup" }).waitFor();
    await wholeLive(page);
    const head = page.locator(".round-head strong");
    let from = 0;
    for (let joined = true; joined; ) {
      const entries = await entriesOf(stack.live);
      const before = asked.length;
      from = roundNumber(await head.textContent());
      await expect.poll(async () => roundNumber(await head.textContent())).toBeGreaterThan(from + 1);
      await page.locator(".steps li.now", { hasText: "open" }).waitFor();
      // Another file may have an agent join, and then the page reads who takes part.
      joined = (await entriesOf(stack.live)) !== entries;
      if (!joined) expect(asked.slice(before)).toEqual([]);
    }
    // Its decisions arrive with the close, its place on the board with the settling.
    await page
      .getByText(`After round ${from + 1}`)
      .or(page.getByText(`After round ${from + 2}`))
      .waitFor();
    await page.getByRole("button", { name: `Round ${from + 1}, settled` }).waitFor();
  });

  test("a lost connection turns stale, says that figures are old, and recovers by itself", async () => {
    allow(/WebSocket/);
    const { page } = await open("/signin");
    let away = false;
    // What takes ten seconds takes two here.
    await page.addInitScript(
      "{ const real = setTimeout; window.setTimeout = (work, ms) => real(work, ms === 10_000 ? 2_000 : ms); }",
    );
    await page.routeWebSocket(/\/feed/, (socket) => {
      if (away) return void socket.close();
      const server = socket.connectToServer();
      closers.push(() => server.close().then(() => socket.close()));
    });
    const closers: (() => Promise<void>)[] = [];
    await page.goto(`/t/${stack.live}`);
    await page.locator(".connection.live").waitFor();
    await wholeLive(page);
    await watchShifts(page);
    away = true;
    for (const close of closers) await close();
    await page.locator(".connection.reconnecting").waitFor();
    await page.getByText("No connection to the arena.").waitFor();
    expect(await page.locator(".connection").textContent()).toBe("Stale");
    // A round may settle in these two seconds, and connections do not break every two.
    expect(await movedTooFar(page, 60_000)).toEqual([]);
    away = false;
    await page.locator(".connection.live").waitFor();
    expect(await page.getByText("No connection to the arena.").count()).toBe(0);
  });

  test("the round that a rank's arrow asks about stands in the address", async () => {
    const { page } = await open(`/t/${stack.live}`);
    const board = page.locator("[role=group][aria-label=Leaderboard]");
    await board
      .getByRole("button", { name: /see why$/ })
      .first()
      .click();
    const heading = await page.getByRole("dialog", { name: /^Round \d+/ }).getAttribute("aria-label");
    const [round] = /\d+/.exec(heading ?? (await page.getByRole("dialog").textContent()) ?? "") ?? [];
    expect(new URL(page.url()).searchParams.get("round")).toBe(round);
  });

  test("the first load is under 200 KB compressed, and its two fonts under 100 KB, all of it from the origin", async () => {
    const { page } = await open("/signin");
    // What the page before is still loading must not count.
    await page.goto("about:blank");
    const [parts, fonts]: [Set<string>, Set<string>] = [new Set(), new Set()];
    page.on("request", (request) => {
      const kind = request.resourceType();
      if (kind === "font") fonts.add(request.url());
      if (["document", "script", "stylesheet"].includes(kind)) parts.add(request.url());
    });
    await page.goto("/");
    await page.getByRole("heading", { level: 1 }).waitFor();
    await page.waitForLoadState("networkidle");
    const { origin } = new URL(stack.url);
    expect([...parts, ...fonts].filter((url) => new URL(url).origin !== origin)).toEqual([]);
    // Read again from here: the browser may have dropped a body that nobody asked for in time.
    const bodies = (urls: Set<string>) =>
      Promise.all([...urls].map(async (url) => Buffer.from(await (await fetch(url)).arrayBuffer())));
    const bytes = (await bodies(parts)).reduce((sum, body) => sum + gzipSync(body).byteLength, 0);
    expect(parts.size).toBeGreaterThan(3);
    expect(bytes).toBeLessThan(200_000);
    // A font is compressed already, and text is shown before it comes.
    expect(fonts.size).toBe(2);
    expect((await bodies(fonts)).reduce((sum, body) => sum + body.byteLength, 0)).toBeLessThan(100_000);
    console.log(`First load: ${(bytes / 1000).toFixed(0)} KB of document, script and style, compressed.`);
  });
});
