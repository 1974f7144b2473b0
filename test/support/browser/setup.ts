/** One stack for all files: a live tournament, one that has finished, and an agent whose name and words are markup. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { chromium } from "playwright-core";
import type { TestProject } from "vitest/node";
import { z } from "zod";
import { WARM_UP_CANDLES } from "../../../src/core/phases.ts";
import { type Stack, startStack } from "../../../src/local/stack.ts";
import { createSyntheticSource } from "../../../src/markets/create-source.ts";
import { fillSynthetic } from "../../../src/markets/synthetic-source.ts";
import { defaultField } from "../../../src/strategies/default-field.ts";
import { ensureChromium, FLAGS } from "./chromium.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** Where the run's one browser is reached. Null: there is none, and the tests say so. */
    chromium: string | null;
    chromiumMissing: string;
    url: string;
    operatorKey: string;
    dataDir: string;
    databaseUrl: string;
    /** The operator's session, opened once: signing in is limited to a few times a minute. */
    session: string;
    live: string;
    finished: string;
    evil: string;
  }
}

export const EVIL = '<img src=x onerror="window.pwned=1"><b>Mallory</b>';
const SYMBOLS = ["BTC-USDT", "ETH-USDT"];

export default async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  const found = ensureChromium();
  project.provide("chromiumMissing", "missing" in found ? found.missing : "");
  if ("missing" in found) {
    project.provide("chromium", null);
    for (const key of ["url", "operatorKey", "dataDir", "databaseUrl", "session", "live", "finished", "evil"] as const)
      project.provide(key, "");
    if (process.env.CI) throw new Error(found.missing);
    console.log(`Skipped: ${found.missing}`);
    return;
  }
  await using parts = new AsyncDisposableStack();
  const dataDir = await mkdtemp(join(tmpdir(), "agonus-browser-"));
  parts.defer(() => rm(dataDir, { recursive: true, force: true }));
  const models = { variables: { LLM_LOOPBACK: "true" }, keys: {} };
  const stack = await startStack({ dataDir, fsync: false, webhookLoopback: true, models });
  parts.defer(() => stack.stop());
  const browser = await chromium.launchServer({ executablePath: found.path, args: FLAGS, host: "127.0.0.1" });
  parts.defer(() => browser.close());
  const ids = await furnish(stack);
  const { url, operatorKey, databaseUrl } = stack;
  const session = await signIn(stack);
  const provided = { ...ids, url, operatorKey, dataDir, databaseUrl, session, chromium: browser.wsEndpoint() };
  for (const [key, value] of Object.entries(provided)) project.provide(key as keyof typeof provided, value);
  const all = parts.move();
  return () => all.disposeAsync();
}

/** `name=value`, as a browser would send it. */
async function signIn(stack: Stack): Promise<string> {
  const headers = { "content-type": "application/json" };
  const body = JSON.stringify({ key: stack.operatorKey });
  const response = await fetch(new URL("/session", stack.url), { method: "POST", headers, body });
  const [cookie = ""] = (response.headers.get("set-cookie") ?? "").split(";");
  if (!cookie.includes("=")) throw new Error(`No session: ${await response.text()}`);
  return cookie;
}

/** Rounds of the finished tournament, more than one page lists. A replay has no deadlines, so a slow machine misses none. */
const ROUNDS = 240;
const REPLAY = {
  id: "synthetic:browser-tests",
  symbols: SYMBOLS,
  intervalSeconds: 300,
  startsAt: Date.UTC(2025, 0, 1),
};

async function furnish(stack: Stack): Promise<{ live: string; finished: string; evil: string }> {
  const call = async (method: string, path: string, body?: unknown) => {
    const headers = { authorization: `Bearer ${stack.operatorKey}`, "content-type": "application/json" };
    const init = body === undefined ? { method, headers } : { method, headers, body: JSON.stringify(body) };
    const response = await fetch(new URL(path, stack.url), init);
    const answer = z
      .looseObject({
        id: z.string().default(""),
        status: z.union([z.string(), z.number()]).optional(),
        code: z.string().optional(),
      })
      .parse(await response.json());
    // A tournament whose time came before this call has started by itself.
    const hasStarted = path.endsWith("/start") && answer.code === "tournament.wrong_state";
    if (!response.ok && !hasStarted) throw new Error(`${method} ${path}: ${JSON.stringify(answer)}`);
    return answer;
  };
  const make = async (path: string, body: unknown) => (await call("POST", path, body)).id;
  const agents: string[] = [];
  for (const agent of defaultField(SYMBOLS)) agents.push(await make("/agents", agent));
  const personality = "<script>window.pwned=2</script>";
  const evil = await make("/agents", { name: EVIL, personality, strategy_type: "momentum" });
  const tournament = async (name: string, market: string, startsAt: number, seconds: number, rounds: number) => {
    const id = await make("/tournaments", {
      name,
      market,
      symbols: SYMBOLS,
      interval_seconds: seconds,
      agent_ids: [...agents, evil],
      starts_at: new Date(startsAt).toISOString(),
      ends_at: new Date(startsAt + rounds * seconds * 1000).toISOString(),
      rules: { seed: "7", ...(market === "replay" ? { candle_source: REPLAY.id } : {}) },
    });
    await make(`/tournaments/${id}/start`, {});
    return id;
  };
  const stepMs = REPLAY.intervalSeconds * 1000;
  const firstOpenAt = REPLAY.startsAt - WARM_UP_CANDLES * stepMs;
  await createSyntheticSource(stack.query, { ...REPLAY, seed: "7", firstOpenAt });
  await fillSynthetic(stack.query, REPLAY.id, REPLAY.startsAt + ROUNDS * stepMs);
  const finished = await tournament("The short cup", "replay", REPLAY.startsAt, REPLAY.intervalSeconds, ROUNDS);
  const live = await tournament("The test cup", "synthetic", Math.ceil(Date.now() / 1000 + 1) * 1000, 4, 900);
  for (let tries = 0; (await call("GET", `/tournaments/${finished}`)).status !== "completed"; tries++) {
    if (tries > 3000) throw new Error("The replay did not end.");
    await sleep(200);
  }
  return { live, finished, evil };
}
