/**
 * The queue consumer. A message only wakes: everything is read again from the database. Messages are acked one by one;
 * one that fails hurts only itself and its group.
 */

import { type Message, messageSchema, parseQueueName, type QueueName } from "../core/message.ts";
import { isPaused } from "../db/statements/queue-control.ts";
import { describeError } from "../log.ts";
import { correlated } from "../tasks/correlated.ts";
import type { TaskPorts } from "../tasks/define.ts";
import { abreast } from "./abreast.ts";
import { consumeDeadLetters, keepUnreadable } from "./dead-letters.ts";
import { type Delivery, RETRY_DELAY_SECONDS } from "./delivery.ts";
import { work } from "./work.ts";

export type { Delivery } from "./delivery.ts";

/** Groups of a batch that are worked on side by side. */
const GROUPS_ABREAST = 8;

interface Group {
  readonly messages: Message[];
  readonly deliveries: Delivery[];
}

/** How many tasks it claimed. */
export async function consume(
  ports: TaskPorts,
  platformQueue: string,
  deliveries: readonly Delivery[],
): Promise<{ tasks: number }> {
  const name = parseQueueName(platformQueue);
  if (!name) throw new Error(`a batch of a queue that nobody knows: ${platformQueue}`);
  if (name.dead) {
    await consumeDeadLetters(ports, name.queue, deliveries);
    return { tasks: 0 };
  }

  const groups = new Map<string, Group>();
  for (const delivery of deliveries) {
    const parsed = messageSchema.safeParse(delivery.body);
    if (!parsed.success) {
      await keepUnreadable(ports, name.queue, delivery);
      continue;
    }
    const message = parsed.data;
    const key = groupOf(message);
    const group = groups.get(key) ?? { messages: [], deliveries: [] };
    group.messages.push(message);
    group.deliveries.push(delivery);
    groups.set(key, group);
  }
  const wake = new Set<string>();
  let tasks = 0;
  // The small ones first: a tournament of six doesn't wait for a place behind one of ten thousand.
  const bySize = [...groups.values()].sort((a, b) => sizeOf(a) - sizeOf(b));
  await abreast(bySize, GROUPS_ABREAST, async (group) => {
    try {
      if (!(await waitsForResume(ports, name.queue, group)))
        tasks += await work(correlatedWith(ports, group), group.messages, wake);
      for (const delivery of group.deliveries) delivery.ack();
    } catch (error) {
      ports.log({ event: "fault", where: `consume.${group.messages[0]?.type}`, ...describeError(error) });
      for (const delivery of group.deliveries) delivery.retry({ delaySeconds: RETRY_DELAY_SECONDS });
    }
  });
  // One hint a batch and tournament, never one a decision. Its loss costs time only: the Arena's alarm comes anyway.
  for (const tournamentId of wake) {
    try {
      await ports.wakeArena(tournamentId);
    } catch (error) {
      ports.log({ event: "fault", where: "consume.wake", ...describeError(error) });
    }
  }
  return { tasks };
}

/**
 * A paused queue's decisions and fills are owed by their rounds' rows, so their messages are let go unworked and come
 * again from there. Tasks are refused by the claim itself, and an answer belongs to a task that runs already.
 */
async function waitsForResume(ports: TaskPorts, queue: QueueName, group: Group): Promise<boolean> {
  const type = group.messages[0]?.type;
  if (type !== "decide" && type !== "fill") return false;
  if (!(await isPaused(ports.query, queue))) return false;
  ports.log({ event: "paused", queue, type, messages: group.messages.length });
  return true;
}

/** A group's messages share their correlation id, but for those about tasks: each task's row has its own. */
function correlatedWith(ports: TaskPorts, { messages: [first] }: Group): TaskPorts {
  return first === undefined || first.type === "tasks" ? ports : correlated(ports, first.correlation_id ?? null);
}

/** Messages that are worked on together. */
function groupOf(message: Message): string {
  const requested = message.correlation_id === undefined ? "" : ` ${message.correlation_id}`;
  switch (message.type) {
    case "decide":
      return `decide ${message.tournament_id}${requested}`;
    case "fill":
      return `fill ${message.round_id}${requested}`;
    case "tasks":
      return "tasks";
    case "answer":
      return `answer ${message.task_id}`;
  }
}

/** Entries and tasks together. */
function sizeOf(group: Group): number {
  return group.messages.reduce(
    (sum, message) =>
      sum +
      (message.type === "tasks" ? message.task_ids.length : message.type === "answer" ? 1 : message.entry_ids.length),
    0,
  );
}
