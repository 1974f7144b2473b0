/**
 * What a chaos run deploys: the real Worker behind a transport that can be broken. Before each batch and each cron it asks
 * the run what to do with it: hand it over, lose it, hand it over twice, later and in another order, or to a consumer that
 * hangs. Two crons of its own evict objects and put messages on the queues that nobody should send.
 */
import type { Query } from "../../src/db/query.ts";
import type { Env } from "../../src/env.ts";
import worker, { Arena as RealArena, Beat as RealBeat, TradingAgent as RealTradingAgent } from "../../src/index.ts";
import { makePorts } from "../../src/ports.ts";
import { consume } from "../../src/queues/consume.ts";
import { strategies } from "../../src/strategies/registry.ts";
import { eager } from "./eager.ts";
import { EVICT, Order, POISON, Transport } from "./transport.ts";

/** As the platform evicts, in the middle of whatever it does: memory and calls are gone, storage and alarm stay. */
export class TradingAgent extends RealTradingAgent {
  evict(): void {
    this.ctx.abort("evicted");
  }
}
export class Arena extends RealArena {
  evict(): void {
    this.ctx.abort("evicted");
  }
}
export class Beat extends RealBeat {
  evict(): void {
    this.ctx.abort("evicted");
  }

  /**
   * A consumer of its own beside the platform's (which locally hands over one batch of a queue at a time): consumes after
   * `delayMs`, or at once and then hangs for so long. Not waited for.
   */
  consumeBeside(queue: string, letters: readonly Letter[], delayMs: number, hangs: boolean): void {
    const ports = makePorts(this.env, null);
    const deliveries = letters.map((letter): Delivery => ({ ...letter, ack() {}, retry() {} }));
    const working = hangs
      ? consume({ ...ports, query: hanging(ports.query, delayMs) }, queue, deliveries)
      : sleep(delayMs).then(() => consume(ports, queue, deliveries));
    this.ctx.waitUntil(working);
  }
}

type Delivery = Parameters<typeof consume>[2][number];
/** What is copied of a delivery; nobody can answer it any more once its batch is over. */
type Letter = { readonly id: string; readonly body: unknown; readonly attempts: number };
type ChaosEnv = Omit<Env, "TRADING_AGENT" | "ARENA" | "BEAT"> & {
  readonly CHAOS_URL: string;
  readonly TRADING_AGENT: DurableObjectNamespace<TradingAgent>;
  readonly ARENA: DurableObjectNamespace<Arena>;
  readonly BEAT: DurableObjectNamespace<Beat>;
};

Object.defineProperty(strategies.random, "decide", { value: eager });

async function ask(env: ChaosEnv, what: "queue" | "cron"): Promise<Transport> {
  try {
    const answer = await fetch(`${env.CHAOS_URL}/${what}`, { signal: AbortSignal.timeout(1000) });
    return Transport.parse(await answer.json());
  } catch {
    return { act: "pass", delayMs: 0 };
  }
}

const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

async function obey(env: ChaosEnv, cron: string): Promise<void> {
  const answer = await fetch(`${env.CHAOS_URL}/order`, { signal: AbortSignal.timeout(5000) });
  const order = Order.parse(await answer.json());
  if (cron === POISON) {
    for (const queue of [env.AGENTS, env.TRADING, env.RECOVERY]) {
      await queue.sendBatch(order.messages.map((body) => ({ body })));
    }
    return;
  }
  await Promise.allSettled([
    ...order.agents.map((id) => env.TRADING_AGENT.getByName(id).evict()),
    ...order.arenas.map((id) => env.ARENA.getByName(id).evict()),
    ...(order.beat ? [env.BEAT.getByName("beat").evict()] : []),
  ]);
}

/** Once a statement has brought it something (a claim, a round's context), it hears nothing for `delayMs`, and then goes on with that. */
function hanging(query: Query, delayMs: number): Query {
  let until: number | null = null;
  return async (text, params) => {
    const rows = await query(text, params);
    if (rows.length > 0) until ??= Date.now() + delayMs;
    if (until !== null) await sleep(until - Date.now());
    return rows as never;
  };
}

export default {
  fetch: worker.fetch,
  async queue(batch, env) {
    const { act, delayMs } = await ask(env, "queue");
    const { queue } = batch;
    const letters = batch.messages.map(({ id, body, attempts }): Letter => ({ id, body, attempts })).reverse();
    const beside = (some: readonly Letter[], afterMs: number) =>
      env.BEAT.getByName("beside").consumeBeside(queue, some, afterMs, act === "hang");
    switch (act) {
      case "pass":
        return worker.queue(batch, env);
      case "lose":
        return batch.ackAll();
      case "twice":
        await Promise.all([worker.queue(batch, env), beside(letters, delayMs)]);
        return;
      case "late":
        // One by one, the last one first.
        await Promise.all(letters.map((letter, i) => beside([letter], (delayMs * (i + 1)) / letters.length)));
        return batch.ackAll();
      case "hang":
        // The platform goes on with other consumers, as it does in production: what this one holds is a lease that runs out.
        await beside(letters, delayMs);
        return batch.ackAll();
    }
  },
  async scheduled(controller, env) {
    const { cron } = controller;
    if (cron === EVICT || cron === POISON) return obey(env, cron);
    if ((await ask(env, "cron")).act === "pass") await worker.scheduled(controller, env);
  },
} satisfies ExportedHandler<ChaosEnv>;
