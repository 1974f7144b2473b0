/**
 * What a chaos run deploys: the real Worker behind a transport that can be broken. Before each batch and each cron it asks
 * the run what to do with it: hand it over, lose it, hand it over twice, or later and in another order.
 */
import type { Env } from "../../src/env.ts";
import worker from "../../src/index.ts";
import { makePorts } from "../../src/ports.ts";
import { consume } from "../../src/queues/consume.ts";
import { strategies } from "../../src/strategies/registry.ts";
import { eager } from "./eager.ts";

export { Arena, Beat, TradingAgent } from "../../src/index.ts";

type Delivery = Parameters<typeof consume>[2][number];
type ChaosEnv = Env & { readonly CHAOS_URL: string };

/** `delayMs`: of the second handing-over, or of the late one. */
export interface Transport {
  readonly act: "pass" | "lose" | "twice" | "late";
  readonly delayMs: number;
}

Object.defineProperty(strategies.random, "decide", { value: eager });

async function ask(env: ChaosEnv, what: "queue" | "cron"): Promise<Transport> {
  try {
    const answer = await fetch(`${env.CHAOS_URL}/${what}`, { signal: AbortSignal.timeout(1000) });
    return await answer.json<Transport>();
  } catch {
    return { act: "pass", delayMs: 0 };
  }
}

const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

export default {
  fetch: worker.fetch,
  async queue(batch, env, context) {
    const { act, delayMs } = await ask(env, "queue");
    const { queue } = batch;
    // Copies: the platform's messages can't be answered any more once their batch is over.
    const copies = batch.messages
      .map(({ id, body, attempts }): Delivery => ({ id, body, attempts, ack() {}, retry() {} }))
      .reverse();
    const again = async (by: readonly Delivery[]) => {
      await sleep(delayMs);
      await consume(makePorts(env, null), queue, by);
    };
    if (act === "lose") return batch.ackAll();
    if (act === "late") {
      batch.ackAll();
      // One by one, the last one first.
      context.waitUntil(Promise.all(copies.map((copy) => again([copy]))));
      return;
    }
    const second = act === "twice" ? again(copies) : Promise.resolve();
    await Promise.all([worker.queue(batch, env), second]);
  },
  async scheduled(controller, env) {
    if ((await ask(env, "cron")).act === "pass") await worker.scheduled(controller, env);
  },
} satisfies ExportedHandler<ChaosEnv>;
