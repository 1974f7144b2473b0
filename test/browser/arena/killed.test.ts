/** The Worker dies under a page. It has a stack of its own, because every other page would see it too. */
import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { workerdPids } from "../../../src/local/process-group.ts";
import { type Stack, startStack } from "../../../src/local/stack.ts";
import { allow, missing, open, useBrowser, wholeLive } from "../../support/browser/pages.ts";

describe.skipIf(missing)("the arena, live", () => {
  useBrowser();
  let dataDir = "";
  let stack: Stack;
  let live = "";

  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), "agonus-killed-"));
    stack = await startStack({ dataDir, fsync: false });
    const post = async (path: string, body: unknown) => {
      const headers = { authorization: `Bearer ${stack.operatorKey}`, "content-type": "application/json" };
      const answer = await fetch(new URL(path, stack.url), { method: "POST", headers, body: JSON.stringify(body) });
      return z.looseObject({ id: z.string().default("") }).parse(await answer.json()).id;
    };
    const agent = await post("/agents", { name: "Ann", strategy_type: "momentum" });
    const startsAt = Math.ceil(Date.now() / 1000) * 1000;
    live = await post("/tournaments", {
      name: "The killed cup",
      market: "synthetic",
      symbols: ["BTC-USDT"],
      interval_seconds: 4,
      agent_ids: [agent],
      starts_at: new Date(startsAt).toISOString(),
      ends_at: new Date(startsAt + 3_600_000).toISOString(),
    });
    // It may have been started by its time already.
    await post(`/tournaments/${live}/start`, {});
  });
  afterAll(async () => {
    await stack?.stop();
    await rm(dataDir, { recursive: true, force: true });
  });

  test("the Worker is killed: the page says so, catches up by its token, and shows every round since", async () => {
    allow(/WebSocket connection to .* failed/, /ERR_CONNECTION_REFUSED|ERR_CONNECTION_RESET|ERR_EMPTY_RESPONSE/, /503/);
    const { page, asked } = await open(`/t/${live}`, { at: stack.url });
    await wholeLive(page);
    const before = asked.length;
    const sockets: string[] = [];
    page.on("websocket", (socket) => sockets.push(socket.url()));
    const { group } = z
      .object({ group: z.number() })
      .parse(JSON.parse(readFileSync(join(dataDir, "worker.pid"), "utf8")));
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
});
