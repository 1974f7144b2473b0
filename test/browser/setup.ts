/** One stack for all files: a live tournament, one that has finished, and an agent whose name and words are markup. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { z } from "zod";
import { startStack } from "../../src/local/stack.ts";
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
  for (const key of ["url", "operatorKey", "dataDir", "live", "finished", "evil"] as const) project.provide(key, "");
  if ("missing" in found) {
    if (process.env.CI) throw new Error(found.missing);
    console.log(`Skipped: ${found.missing}`);
    return;
  }
  const dataDir = await mkdtemp(join(tmpdir(), "agonus-browser-"));
  const stack = await startStack({ dataDir, fsync: false });
  try {
    const ids = await furnish(stack.url, stack.operatorKey);
    for (const [key, value] of Object.entries({ ...ids, url: stack.url, operatorKey: stack.operatorKey, dataDir })) {
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

async function furnish(url: string, key: string): Promise<{ live: string; finished: string; evil: string }> {
  const post = async (path: string, body: unknown): Promise<string> => {
    const headers = { authorization: `Bearer ${key}`, "content-type": "application/json" };
    const response = await fetch(new URL(path, url), { method: "POST", headers, body: JSON.stringify(body) });
    if (!response.ok) throw new Error(`POST ${path}: ${await response.text()}`);
    return z.looseObject({ id: z.string() }).parse(await response.json()).id;
  };
  const agents: string[] = [];
  for (const agent of defaultField(SYMBOLS)) agents.push(await post("/agents", agent));
  const evil = await post("/agents", {
    name: EVIL,
    personality: "<script>window.pwned=2</script>",
    strategy_type: "momentum",
  });
  const tournament = async (name: string, seconds: number, lastsSeconds: number) => {
    const startsAt = Math.ceil(Date.now() / 1000 + 1) * 1000;
    const id = await post("/tournaments", {
      name,
      market: "synthetic",
      symbols: SYMBOLS,
      starts_at: new Date(startsAt).toISOString(),
      ends_at: new Date(startsAt + lastsSeconds * 1000).toISOString(),
      interval_seconds: seconds,
      rules: { seed: "7" },
      agent_ids: [...agents, evil],
    });
    await post(`/tournaments/${id}/start`, {});
    return id;
  };
  return { finished: await tournament("The short cup", 2, 20), live: await tournament("The test cup", 4, 3600), evil };
}
