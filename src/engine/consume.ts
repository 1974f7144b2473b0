/**
 * The queue consumer. A message only says that something may be due: its handler reads everything from the database.
 * Messages are acknowledged one by one, and a failure concerns only the group of its message.
 */
import { parseQueueName, type QueueName } from "../core/tasks/queues.ts";
import { isPaused } from "../db/statements/queues/control.ts";
import { describeError } from "../log.ts";
import { correlated } from "./correlated.ts";
import { consumeDeadLetters, keepUnreadable } from "./dead-letters.ts";
import { type Delivery, RETRY_DELAY_SECONDS } from "./delivery.ts";
import { type Batch, type MessageHandler, type MessageHandlers, readMessage } from "./message-handler.ts";
import { tasksHandler } from "./run-tasks.ts";
import { sideBySide } from "./side-by-side.ts";
import type { EnginePorts } from "./task.ts";
import type { Message } from "./tasks-message.ts";

export type { Delivery } from "./delivery.ts";

/** How many groups of a batch are worked on at the same time. */
const GROUPS_SIDE_BY_SIDE = 8;

interface Group {
  readonly handler: MessageHandler;
  readonly messages: Message[];
  readonly deliveries: Delivery[];
}

/** Adds the engine's own handler, of the message `tasks`, to the given ones. */
function withTasks(handlers: MessageHandlers): MessageHandlers {
  return { ...handlers, tasks: tasksHandler };
}

/** Works through one batch of a queue, or records one of a dead-letter queue. Returns how many tasks it claimed. */
export async function consume(
  ports: EnginePorts,
  handlers: MessageHandlers,
  platformQueue: string,
  deliveries: readonly Delivery[],
): Promise<{ tasks: number }> {
  const name = parseQueueName(platformQueue);
  if (!name) throw new Error(`a batch came from an unknown queue: ${platformQueue}`);
  const all = withTasks(handlers);
  if (name.dead) {
    await consumeDeadLetters(ports, all, name.queue, deliveries);
    return { tasks: 0 };
  }

  const groups = await grouped(ports, all, name.queue, deliveries);
  const afterwards = new Map<string, () => Promise<void>>();
  const batch: Batch = { afterwards: (key, work) => void afterwards.set(key, work) };
  let tasks = 0;
  await sideBySide(groups, GROUPS_SIDE_BY_SIDE, async (group) => {
    try {
      if (!(await waitsForResume(ports, name.queue, group)))
        tasks += (await group.handler.handle(correlatedWith(ports, group), group.messages, batch)).tasks;
      for (const delivery of group.deliveries) delivery.ack();
    } catch (error) {
      ports.log({ event: "fault", where: `consume.${group.messages[0]?.type}`, ...describeError(error) });
      for (const delivery of group.deliveries) delivery.retry({ delaySeconds: RETRY_DELAY_SECONDS });
    }
  });
  for (const work of afterwards.values()) {
    try {
      await work();
    } catch (error) {
      ports.log({ event: "fault", where: "consume.afterwards", ...describeError(error) });
    }
  }
  return { tasks };
}

/** The batch's readable messages in groups, small groups first. */
async function grouped(
  ports: EnginePorts,
  handlers: MessageHandlers,
  queue: QueueName,
  deliveries: readonly Delivery[],
): Promise<Group[]> {
  const groups = new Map<string, Group>();
  for (const delivery of deliveries) {
    const read = readMessage(handlers, delivery.body);
    if (!read) {
      await keepUnreadable(ports, queue, delivery);
      continue;
    }
    const { message, handler } = read;
    const key = `${message.type} ${handler.groupKey(message)}`;
    const group = groups.get(key) ?? { handler, messages: [], deliveries: [] };
    group.messages.push(message);
    group.deliveries.push(delivery);
    groups.set(key, group);
  }
  return [...groups.values()].sort((a, b) => sizeOf(a) - sizeOf(b));
}

/** Whether the queue is paused and the group can wait: its rows send it again when the queue is resumed. */
async function waitsForResume(ports: EnginePorts, queue: QueueName, group: Group): Promise<boolean> {
  if (!group.handler.isOwedByRows) return false;
  if (!(await isPaused(ports.query, queue))) return false;
  ports.log({ event: "paused", queue, type: group.messages[0]?.type ?? "", messages: group.messages.length });
  return true;
}

/** Messages of one group share a correlation id. Tasks are the exception: the row of each task has its own. */
function correlatedWith(ports: EnginePorts, { handler, messages: [first] }: Group): EnginePorts {
  return handler === tasksHandler ? ports : correlated(ports, first?.correlation_id ?? null);
}

function sizeOf(group: Group): number {
  return group.messages.reduce((sum, message) => sum + group.handler.size(message), 0);
}
