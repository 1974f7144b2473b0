/** The ports that are made from the bindings. */
import { afterEach, expect, test, vi } from "vitest";
import type { Env } from "../../../src/env.ts";
import { backlogOf, makePorts } from "../../../src/ports.ts";

afterEach(() => vi.restoreAllMocks());

const queue = (metrics: () => Promise<{ backlogCount: number }>) => ({ metrics });
const env = {
  DATABASE_URL: "postgresql://agonus:secret@db.invalid/agonus",
  AGENTS: queue(() => Promise.reject(new Error("no metrics today"))),
  TRADING: queue(async () => ({ backlogCount: 0 })),
  RECOVERY: queue(async () => ({ backlogCount: 3 })),
} as unknown as Env;

test("a queue that does not say how full it is counts as busy, and the log says why it is unknown", async () => {
  const log = vi.spyOn(console, "log").mockReturnValue(undefined);
  const ports = makePorts(env, null);
  expect(await ports.busyQueues()).toEqual(["agents", "recovery"]);
  expect(await backlogOf(env, "agents", ports.log)).toBeNull();
  expect(await backlogOf(env, "recovery", ports.log)).toEqual({ messages: 3, oldest_at: null });
  const lines = log.mock.calls.map(([line]) => JSON.parse(String(line)));
  expect(lines).toHaveLength(2);
  for (const line of lines) {
    expect(line).toMatchObject({ event: "fault", where: "queue.metrics agents", error: "no metrics today" });
  }
});
