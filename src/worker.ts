/** The Worker that runs the given tasks: what they are, its routes, queues and clocks are handed. */
import type { Context } from "hono";
import { uuidv7 } from "uuidv7";
import { limits } from "./core/limits.ts";
import { parseQueueName, queueNames } from "./core/message.ts";
import { SharedWork } from "./db/shared-work.ts";
import { readTasks } from "./db/statements/api-read-task.ts";
import { type Env, readSettings } from "./env.ts";
import { createApp } from "./http/app.ts";
import type { TaskReads } from "./http/deps.ts";
import { backlogOf, consumerSeat, makePorts, makeWeb } from "./ports.ts";
import { consume } from "./queues/consume.ts";
import { sharedPlainTasks } from "./queues/enqueue.ts";
import { sendOwed } from "./queues/sweep.ts";
import { onCron } from "./schedules/run-clocks.ts";
import type { Tasks } from "./tasks/define.ts";

export function createWorker(tasks: Tasks) {
  const taskReads: TaskReads = new SharedWork(readTasks);
  const plainTasks = sharedPlainTasks();
  const app = createApp((context: Context<{ Bindings: Env }>) => {
    const { env } = context;
    const settings = readSettings(env);
    const correlationId = uuidv7();
    const ports = makePorts(env, correlationId, tasks, plainTasks);
    return {
      query: ports.query,
      taskReads,
      operatorKey: settings.operatorKey,
      metricsOpen: settings.metricsOpen,
      environment: settings.environment,
      codeVersion: settings.codeVersion,
      correlationId,
      log: ports.log,
      newId: ports.newId,
      tasks,
      enqueue: (name, args, options) => ports.enqueue(name, args, { by: "api", ...options }),
      wakeArena: ports.wakeArena,
      send: ports.send,
      sendOwed: () => sendOwed(ports, limits.sweepRowsMax, []),
      web: makeWeb(env),
      liveState: (entryId) => env.TRADING_AGENT.getByName(entryId).live(),
      async backlog() {
        return Object.fromEntries(
          await Promise.all(queueNames.map(async (name) => [name, await backlogOf(env, name, ports.log)])),
        );
      },
    };
  });

  return {
    fetch: app.fetch,
    async queue(batch, env) {
      const ports = makePorts(env, null, tasks, plainTasks);
      const queue = parseQueueName(batch.queue);
      const work = () => consume(ports, batch.queue, batch.messages);
      await (queue && !queue.dead ? consumerSeat(env).during(ports, queue.queue, work) : work());
    },
    async scheduled(controller, env) {
      await onCron(makePorts(env, null, tasks, plainTasks), controller.cron, controller.scheduledTime);
    },
  } satisfies ExportedHandler<Env>;
}
