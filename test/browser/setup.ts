/** One stack for all files: a live tournament, one that has finished, and an agent whose name and words are markup. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { TestProject } from "vitest/node";
import { z } from "zod";
import { WARM_UP_CANDLES } from "../../src/core/phases.ts";
import { type Stack, startStack } from "../../src/local/stack.ts";
import { createSyntheticSource } from "../../src/markets/create-source.ts";
import { fillSynthetic } from "../../src/markets/synthetic-source.ts";
import { defaultField } from "../../src/strategies/field.ts";
import { ensureChromium } from "./chromium.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** Null: there is none, and the tests say so. */
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
  project.provide("chromium", "path" in found ? found.path : null);
  project.provide("chromiumMissing", "missing" in found ? found.missing : "");
  for (const key of ["url", "operatorKey", "dataDir", "databaseUrl", "session", "live", "finished", "evil"] as const)
    project.provide(key, "");
  if ("missing" in found) {
    if (process.env.CI) throw new Error(found.missing);
    console.log(`Skipped: ${found.missing}`);
    return;
  }
  const dataDir = await mkdtemp(join(tmpdir(), "agonus-browser-"));
  const stack = await startStack({ dataDir, fsync: false });
  try {
    const ids = await furnish(stack);
    const { url, operatorKey, databaseUrl } = stack;
    const session = await signIn(stack);
    for (const [key, value] of Object.entries({ ...ids, url, operatorKey, dataDir, databaseUrl, session })) {
      project.provide(key as keyof typeof ids, value);
    }
  } catch (error) {
    await stack.stop();
    throw error;
  }
  return async () => {
    await stack.stop();
    await rm(dataDir, { recursive: true, force: true });
  };
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

/** Rounds of the finished one, more than one answer lists: a replay has no deadlines, so a slow machine loses none of them. */
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
    if (!response.ok) throw new Error(`${method} ${path}: ${await response.text()}`);
    return z.looseObject({ id: z.string(), status: z.string().optional() }).parse(await response.json());
  };
  const make = async (path: string, body: unknown) => (await call("POST", path, body)).id;
  const agents: string[] = [];
  for (const agent of defaultField(SYMBOLS)) agents.push(await make("/agents", agent));
  const personality = "<script>window.pwned=2</script>";
  const evil = await make("/agents", { name: EVIL, personality, strategy_type: "momentum" });
  const tournament = async (name: string, market: string, startsAt: number, seconds: number, rounds: number) => {
    const id = await make("/tournaments", {
      ...{ name, market, symbols: SYMBOLS, interval_seconds: seconds, agent_ids: [...agents, evil] },
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
    if (tries > 600) throw new Error("The replay did not end.");
    await sleep(200);
  }
  return { live, finished, evil };
}
