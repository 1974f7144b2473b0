/**
 * The Worker that a chaos run deploys: the real one behind a transport that can be broken. Before each batch and each cron
 * the transport asks the run what to do: deliver it, lose it, deliver it twice, later and in another order, or to a consumer
 * that hangs. Two further crons evict objects, and send messages that no part should send.
 */
import type { Query } from "../../src/db/query.ts";
import { consume } from "../../src/engine/consume.ts";
import type { Env } from "../../src/env.ts";
import worker, { Arena as RealArena, Beat as RealBeat, TradingAgent as RealTradingAgent } from "../../src/index.ts";
import { makePorts } from "../../src/ports.ts";
import { roundHandlers } from "../../src/rounds/messages/handlers.ts";
import { strategies } from "../../src/strategies/registry.ts";
import { eager } from "./eager.ts";
import { EVICT, Order, POISON, Transport } from "./transport.ts";

/** Evicts as the platform does, in the middle of work: memory and calls are gone, storage and alarm stay. */
export { Venue } from "../../src/index.ts";

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
   * A second consumer beside the platform's, which locally delivers one batch of a queue at a time. It consumes after
   * `delayMs`; with `hangs` it consumes at once and then hangs for `delayMs`. Nobody waits for it.
   */
  consumeBeside(queue: string, letters: readonly Letter[], delayMs: number, hangs: boolean): void {
    const ports = makePorts(this.env, null);
    const deliveries = letters.map((letter): Delivery => ({ ...letter, ack() {}, retry() {} }));
    const working = hangs
      ? consume({ ...ports, query: hanging(ports.query, delayMs) }, roundHandlers, queue, deliveries)
      : sleep(delayMs).then(() => consume(ports, roundHandlers, queue, deliveries));
    this.ctx.waitUntil(working);
  }
}

type Delivery = Parameters<typeof consume>[3][number];
/** The part of a delivery that is copied. Its acks go nowhere, because its batch is over. */
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

/** After the first statement that answers rows (a claim, a round's context), its caller waits for `delayMs` and then goes on. */
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
        // The letters are delivered one by one, the last one first.
        await Promise.all(letters.map((letter, i) => beside([letter], (delayMs * (i + 1)) / letters.length)));
        return batch.ackAll();
      case "hang":
        // The platform goes on with other consumers, as in production. This consumer's lease runs out.
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
