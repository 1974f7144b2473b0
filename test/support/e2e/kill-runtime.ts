/** Kills a stack's runtime, and with it every object and all who wait. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { z } from "zod";
import { signal } from "../../../src/local/process.ts";
import { workerdPids } from "../../../src/local/process-group.ts";
import { eventually } from "./live-stack.ts";

/** Returns when it runs again. */
export async function killRuntime(dataDir: string, url: string): Promise<void> {
  const { group } = z.object({ group: z.int() }).parse(JSON.parse(readFileSync(join(dataDir, "worker.pid"), "utf8")));
  const killed = workerdPids(group);
  expect(killed.length).toBeGreaterThan(0);
  for (const { pid } of killed) signal(pid, "SIGKILL");
  await eventually("the Worker answers again", async () => (await fetch(`${url}/health`)).ok);
}
