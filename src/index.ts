/** Wiring only. */
import type { Context } from "hono";
import { uuidv7 } from "uuidv7";
import { queueNames } from "./core/message.ts";
import { type Env, readSettings } from "./env.ts";
import { createApp } from "./http/app.ts";
import { backlogOf, makePorts } from "./ports.ts";
import { consume } from "./queues/consume.ts";
import { onCron } from "./schedules/run-clocks.ts";

export { Arena } from "../durable-objects/arena.ts";
export { Beat } from "../durable-objects/beat.ts";
export { TradingAgent } from "../durable-objects/trading-agent.ts";

const app = createApp((context: Context<{ Bindings: Env }>) => {
  const { env } = context;
  const settings = readSettings(env);
  const correlationId = uuidv7();
  const ports = makePorts(env, correlationId);
  return {
    query: ports.query,
    operatorKey: settings.operatorKey,
    environment: settings.environment,
    codeVersion: settings.codeVersion,
    correlationId,
    log: ports.log,
    newId: ports.newId,
    enqueue: (name, args, options) => ports.enqueue(name, args, { by: "api", ...options }),
    wakeArena: ports.wakeArena,
    liveState: (entryId) => env.TRADING_AGENT.getByName(entryId).live(),
    async backlog() {
      return Object.fromEntries(await Promise.all(queueNames.map(async (name) => [name, await backlogOf(env, name)])));
    },
  };
});

export default {
  fetch: app.fetch,
  async queue(batch, env) {
    await consume(makePorts(env, null), batch.queue, batch.messages);
  },
  async scheduled(controller, env) {
    await onCron(makePorts(env, null), controller.cron, controller.scheduledTime);
  },
} satisfies ExportedHandler<Env>;
