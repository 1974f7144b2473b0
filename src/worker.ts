/** Builds the Worker for a given catalogue of tasks: routes, queue consumer and cron handler. */
import type { Context } from "hono";
import { uuidv7 } from "uuidv7";
import { limits } from "./core/limits.ts";
import { parseQueueName, queueNames } from "./core/tasks/queues.ts";
import { type MakeWork, sharedWork } from "./db/shared-work.ts";
import { findKeys } from "./db/statements/keys/find.ts";
import { readTasks } from "./db/statements/tasks/read.ts";
import { consume } from "./engine/consume.ts";
import { sharedPlainTasks } from "./engine/enqueue.ts";
import { onCron } from "./engine/schedules/run-clocks.ts";
import { sendOwed } from "./engine/sweep.ts";
import type { Tasks } from "./engine/task.ts";
import type { Env } from "./env.ts";
import { createApp } from "./http/app.ts";
import type { KeyReads, TaskReads } from "./http/deps.ts";
import { describeError } from "./log.ts";
import { marketKey } from "./markets/market-key.ts";
import { backlogOf, consumerPresence, makePorts, makeWeb, modelSettings, newToken, settingsOf } from "./ports.ts";
import { DoorState } from "./rounds/doors/door-state.ts";
import { type Waking, wokenByLeader } from "./rounds/doors/openings.ts";
import { roundHandlers } from "./rounds/messages/handlers.ts";

export function createWorker(tasks: Tasks, makeWork: MakeWork = sharedWork, waking: Waking = wokenByLeader) {
  const taskReads: TaskReads = makeWork(readTasks);
  const keyReads: KeyReads = makeWork(findKeys);
  const plainTasks = sharedPlainTasks();
  const doors = new DoorState(makeWork, waking);
  const app = createApp((context: Context<{ Bindings: Env }>) => {
    const { env } = context;
    const settings = settingsOf(env);
    const correlationId = uuidv7();
    const ports = makePorts(env, correlationId, tasks, plainTasks);
    return {
      query: ports.query,
      taskReads,
      keyReads,
      operatorKey: settings.operatorKey,
      metricsOpen: settings.metricsOpen,
      environment: settings.environment,
      codeVersion: settings.codeVersion,
      correlationId,
      log: ports.log,
      newId: ports.newId,
      newMarketKey: () => marketKey((bytes) => crypto.getRandomValues(bytes)),
      newToken,
      tasks,
      enqueue: (name, args, options) => ports.enqueue(name, args, { by: "api", ...options }),
      venue: ports.venue,
      wakeArena: ports.wakeArena,
      send: ports.send,
      sendOwed: () => sendOwed(ports, limits.sweepRowsMax, []),
      web: makeWeb(env),
      models: modelSettings(env),
      doors,
      doorPorts: ports,
      webhooks: ports.webhooks,
      afterwards: (work) =>
        context.executionCtx.waitUntil(
          work.catch((error: unknown) => ports.log({ event: "fault", where: "afterwards", ...describeError(error) })),
        ),
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
      const work = () => consume(ports, roundHandlers, batch.queue, batch.messages);
      await (queue && !queue.dead ? consumerPresence(env).during(ports, queue.queue, work) : work());
    },
    async scheduled(controller, env) {
      await onCron(makePorts(env, null, tasks, plainTasks), controller.cron, controller.scheduledTime);
    },
  } satisfies ExportedHandler<Env>;
}
