/** The Worker of these tests: the real one with one more task. A test can make its batches end by an error. */
import type { Env } from "../../src/env.ts";
import { createWorker } from "../../src/worker.ts";
import { OwnWork } from "../support/own-work.ts";
import { batches } from "./batches.ts";
import { tasks } from "./registry.ts";

export { Arena, Beat, TradingAgent, Venue } from "../../src/index.ts";

/** Here no request can wake another one (own-work.ts). test/unit/rounds/openings.test.ts shows how they do elsewhere. */
const worker = createWorker(tasks, (run) => new OwnWork(run), { byLeader: false, watchMs: 200 });

export default {
  ...worker,
  async queue(batch, env) {
    for (const { id, body, attempts } of batch.messages) batches.handed.push({ id, body, attempts });
    const whole = batches.breaksAfter;
    if (whole === null || batch.messages.length < whole) return worker.queue(batch, env);
    batches.breaksAfter = null;
    await worker.queue({ ...batch, queue: batch.queue, messages: batch.messages.slice(0, whole) }, env);
    throw new Error("this batch had to fail");
  },
} satisfies ExportedHandler<Env>;
