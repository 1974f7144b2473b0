/** Kills a stack's runtime, and with it every object and all who wait. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { z } from "zod";
import { signal } from "../../../src/local/process.ts";
import { workerdPids } from "../../../src/local/process-group.ts";
import { eventually } from "./live-stack.ts";

/**
 * Returns when it runs again, by its supervisor's own word. An answer of the Worker alone would not do: on a busy machine the
 * supervisor may still find it dead, and start it once more.
 */
export async function killRuntime(dataDir: string, url: string): Promise<void> {
  const { group } = z.object({ group: z.int() }).parse(JSON.parse(readFileSync(join(dataDir, "worker.pid"), "utf8")));
  const killed = workerdPids(group);
  expect(killed.length).toBeGreaterThan(0);
  const restarts = () => readFileSync(join(dataDir, "stack.log"), "utf8").split("The Worker runs again.").length;
  const before = restarts();
  for (const { pid } of killed) signal(pid, "SIGKILL");
  await eventually("the Worker runs again", async () => restarts() > before, 180);
  await eventually("the Worker answers again", async () => (await fetch(`${url}/health`)).ok);
}
