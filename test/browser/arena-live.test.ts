import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { workerdPids } from "../../src/local/process-group.ts";
import { allow, missing, open, stack, useBrowser } from "./pages.ts";

describe.skipIf(missing)("the arena, live", () => {
  useBrowser();

  const roundNumber = (text: string | null) => Number(/Round (\d+)/.exec(text ?? "")?.[1] ?? -1);

  test("a round is seen opening, being decided and settling, by the feed alone: nothing is polled", async () => {
    const { page, asked } = await open("/");
    await page.getByRole("heading", { level: 1, name: "The test cup" }).waitFor();
    await page.locator(".connection.live").waitFor();
    const head = page.locator(".round-head strong");
    await expect.poll(async () => roundNumber(await head.textContent())).toBeGreaterThanOrEqual(0);
    await page.waitForLoadState("networkidle");
    const [from, before] = [roundNumber(await head.textContent()), asked.length];
    await expect.poll(async () => roundNumber(await head.textContent())).toBeGreaterThan(from + 1);
    await page.locator(".steps li.now", { hasText: "open" }).waitFor();
    expect(asked.slice(before)).toEqual([]);
    // Its decisions arrive with the close, its place on the board with the settling.
    await page
      .getByText(`After round ${from + 1}`)
      .or(page.getByText(`After round ${from + 2}`))
      .waitFor();
    await page
      .getByText(`Round ${from + 1}`, { exact: true })
      .first()
      .waitFor();
  });

  test("the Worker is killed: the page says so, catches up by its token, and shows every round since", async () => {
    allow(/WebSocket connection to .* failed/, /ERR_CONNECTION_REFUSED|ERR_CONNECTION_RESET|ERR_EMPTY_RESPONSE/, /503/);
    const { page, asked } = await open(`/t/${stack.live}`);
    await page.locator(".connection.live").waitFor();
    await page.waitForLoadState("networkidle");
    const before = asked.length;
    const sockets: string[] = [];
    page.on("websocket", (socket) => sockets.push(socket.url()));
    const { group } = z
      .object({ group: z.number() })
      .parse(JSON.parse(readFileSync(join(stack.dataDir, "worker.pid"), "utf8")));
    for (const { pid } of workerdPids(group)) process.kill(pid, "SIGKILL");
    await page.locator(".connection.reconnecting, .connection.stale").waitFor();
    await page.locator(".connection.live").waitFor();
    expect(sockets.at(-1)).toContain("?resume=");
    // What it missed came by the token, not by reading everything again.
    expect(asked.slice(before)).toEqual([]);
    const numbers = z
      .array(z.number())
      .parse(
        await page.evaluate(
          "[...document.querySelectorAll('.history button')].map((b) => Number(/\\d+/.exec(b.title)[0]))",
        ),
      );
    expect(numbers).toEqual(Array.from(numbers, (_, i) => (numbers[0] ?? 0) - i));
  });

  test("a connection that stays away turns stale, says that figures are old, and mends itself", async () => {
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
    away = true;
    for (const close of closers) await close();
    await page.locator(".connection.reconnecting").waitFor();
    await page.getByText("No connection to the arena.").waitFor();
    expect(await page.locator(".connection").textContent()).toBe("Stale");
    away = false;
    await page.locator(".connection.live").waitFor();
    expect(await page.getByText("No connection to the arena.").count()).toBe(0);
  });

  test("the first load is under 200 KB of compressed JavaScript, all of it from the origin", async () => {
    const { page } = await open("/signin");
    const scripts: Promise<Buffer>[] = [];
    page.on("response", (response) => {
      if (response.request().resourceType() === "script") scripts.push(response.body());
    });
    await page.goto("/");
    await page.getByRole("heading", { level: 1 }).waitFor();
    await page.waitForLoadState("networkidle");
    const bytes = (await Promise.all(scripts)).reduce((sum, body) => sum + gzipSync(body).byteLength, 0);
    expect(scripts.length).toBeGreaterThan(1);
    expect(bytes).toBeLessThan(200_000);
    console.log(`First load: ${(bytes / 1000).toFixed(0)} KB of JavaScript, compressed.`);
  });
});
