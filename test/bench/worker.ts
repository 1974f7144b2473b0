/** The Worker that benches of the queue deploy: the real one with a task that does nothing, and routes that enqueue it. */
import { z } from "zod";
import { defaultRetry } from "../../src/core/tasks/retry.ts";
import { enqueueTask } from "../../src/engine/enqueue.ts";
import { enqueueMany } from "../../src/engine/enqueue-many.ts";
import { sideBySide } from "../../src/engine/side-by-side.ts";
import { defineTask, type Tasks } from "../../src/engine/task.ts";
import type { Env } from "../../src/env.ts";
import { makePorts } from "../../src/ports.ts";
import { taskRegistry } from "../../src/tasks/registry.ts";
import { createWorker } from "../../src/worker.ts";

export { Arena, Beat, TradingAgent, Venue } from "../../src/index.ts";

const noop = defineTask({
  name: "noop",
  description: "Nothing.",
  queue: "agents",
  args: z.object({ asked_ms: z.number() }).strict(),
  /** When the handler started. The peer's no-op answers the same. */
  result: z.object({ started_ms: z.number() }),
  retry: defaultRetry,
  softLimitSeconds: 60,
  hardLimitSeconds: 120,
  run: async () => ({ kind: "success", result: { started_ms: Date.now() } }),
});
/** How many requests of a busy API are under way at once. */
const ABREAST = 16;
const tasks: Tasks = { ...taskRegistry, noop };
const worker = createWorker(tasks);

export default {
  ...worker,
  async fetch(request, env, context) {
    const url = new URL(request.url);
    const asked = { asked_ms: Date.now() };
    if (url.pathname === "/bench/many") {
      const all = Array.from({ length: Number(url.searchParams.get("count")) }, () => asked);
      const ports = makePorts(env, null, tasks);
      if (url.searchParams.get("by") === "hundreds")
        return Response.json({ ...asked, ids: await enqueueMany(ports, "noop", all) });
      const ids: string[] = [];
      await sideBySide(all, ABREAST, async (args) => {
        ids.push((await enqueueTask(ports, "noop", args)).taskId);
      });
      return Response.json({ ...asked, ids: ids.sort() });
    }
    if (url.pathname === "/bench/one") {
      return Response.json(await enqueueTask(makePorts(env, null, tasks), "noop", asked));
    }
    return worker.fetch(request, env, context);
  },
} satisfies ExportedHandler<Env>;
