/**
 * The queue consumer. A message only wakes: everything is read again from the database. Messages are acked one by one;
 * one that fails hurts only itself and its group.
 */

import { limits } from "../core/limits.ts";
import { type Message, messageSchema, parseQueueName, type QueueName } from "../core/message.ts";
import { databaseFault } from "../db/errors.ts";
import { storeDeadLetter } from "../db/statements/dead-letter-store.ts";
import { claimTasks } from "../db/statements/task-claim.ts";
import { describeError } from "../log.ts";
import { decideBatch, type Fate } from "../rounds/decide.ts";
import { fillBatch } from "../rounds/fill.ts";
import { chunk } from "../rounds/send.ts";
import type { TaskPorts } from "../tasks/define.ts";
import { takeAnswer } from "./answer.ts";
import { failedDecisionTask, outsideDecisionTask } from "./decision-tasks.ts";
import { runClaimed } from "./run-task.ts";

/** What the consumer needs of a platform message. */
export interface Delivery {
  readonly id: string;
  readonly body: unknown;
  readonly attempts: number;
  ack(): void;
  retry(options?: { delaySeconds?: number }): void;
}

/** A fault of ours: handed over again after this. */
const RETRY_DELAY_SECONDS = 2;

export async function consume(ports: TaskPorts, platformQueue: string, deliveries: readonly Delivery[]): Promise<void> {
  const name = parseQueueName(platformQueue);
  if (!name) throw new Error(`a batch of a queue that nobody knows: ${platformQueue}`);
  if (name.dead) return consumeDeadLetters(ports, name.queue, deliveries);

  const groups = new Map<string, { messages: Message[]; deliveries: Delivery[] }>();
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
  await Promise.all(
    [...groups.values()].map(async (group) => {
      try {
        await work(ports, group.messages, wake);
        for (const delivery of group.deliveries) delivery.ack();
      } catch (error) {
        ports.log({ event: "fault", where: `consume.${group.messages[0]?.type}`, ...describeError(error) });
        for (const delivery of group.deliveries) delivery.retry({ delaySeconds: RETRY_DELAY_SECONDS });
      }
    }),
  );
  // One hint a batch and tournament, never one a decision. Its loss costs time only: the Arena's alarm comes anyway.
  for (const tournamentId of wake) {
    try {
      await ports.wakeArena(tournamentId);
    } catch (error) {
      ports.log({ event: "fault", where: "consume.wake", ...describeError(error) });
    }
  }
}

/** Messages that are worked on together. */
function groupOf(message: Message): string {
  switch (message.type) {
    case "decide":
      return `decide ${message.tournament_id}`;
    case "fill":
      return `fill ${message.round_id}`;
    case "tasks":
      return "tasks";
    case "answer":
      return `answer ${message.task_id}`;
  }
}

async function work(ports: TaskPorts, messages: readonly Message[], wake: Set<string>): Promise<void> {
  const [first] = messages;
  if (!first) return;
  const ids = messages.flatMap((message) =>
    message.type === "tasks" ? message.task_ids : message.type === "answer" ? [] : message.entry_ids,
  );
  const unique = [...new Set(ids)].sort();
  switch (first.type) {
    case "decide":
      for (const entryIds of chunk(unique, limits.messageIdsMax))
        await decide(ports, first.tournament_id, entryIds, wake);
      return;
    case "fill":
      for (const entryIds of chunk(unique, limits.messageIdsMax)) await fillBatch(ports, first.round_id, entryIds);
      wake.add(first.tournament_id);
      return;
    case "tasks": {
      // Claimed under a token of this invocation: a repeated claim after a lost reply finds its own.
      const token = ports.newId();
      for (const taskIds of chunk(unique, limits.messageIdsMax)) {
        const claim = () => claimTasks(ports.query, taskIds, token, limits.leaseSeconds, ports.by);
        const claimed = await claim().catch((error: unknown) => {
          if (databaseFault(error) === "unknown") return claim();
          throw error;
        });
        await Promise.all(claimed.map((task) => runClaimed(ports, task, token)));
      }
      return;
    }
    case "answer":
      for (const message of messages) if (message.type === "answer") await takeAnswer(ports, message);
      wake.add(first.tournament_id);
      return;
  }
}

async function decide(
  ports: TaskPorts,
  tournamentId: string,
  entryIds: readonly string[],
  wake: Set<string>,
): Promise<void> {
  const { roundId, resting, fates } = await decideBatch(ports, tournamentId, entryIds);
  // A start or a resume arms their loops again.
  if (resting) await Promise.all(entryIds.map((entryId) => ports.agent(entryId).rest()));
  const of = (kind: Fate["kind"]) => [...fates].filter(([, fate]) => fate.kind === kind).map(([id]) => id);
  const stale = of("stale");
  if (stale.length > 0)
    await ports.send("agents", [{ type: "decide", tournament_id: tournamentId, entry_ids: stale }], 1);
  if (roundId !== null) {
    for (const entryId of of("outside")) await outsideDecisionTask(ports, tournamentId, roundId, entryId);
    for (const [entryId, fate] of fates) {
      if (fate.kind === "failed") await failedDecisionTask(ports, tournamentId, roundId, entryId, fate);
    }
  }
  const unreached = [...fates.values()].find((fate) => fate.kind === "unreached");
  if (of("accepted").length > 0 || of("failed").length > 0 || of("late").length > 0) wake.add(tournamentId);
  // The others are stored by now; the message is handed over again for those whose object didn't answer.
  if (unreached) throw unreached.error;
}

/** A message of another age or hand: kept, so that an operator can read it, and never handed over again. */
async function keepUnreadable(ports: TaskPorts, queue: QueueName, delivery: Delivery): Promise<void> {
  try {
    await storeDeadLetter(ports.query, {
      id: ports.newId(),
      queue,
      messageId: delivery.id,
      body: delivery.body,
      deliveries: delivery.attempts,
      outcome: "kept",
    });
    ports.log({ event: "dead_letter", queue, message_id: delivery.id, outcome: "unreadable" });
    delivery.ack();
  } catch (error) {
    ports.log({ event: "fault", where: "consume.unreadable", ...describeError(error) });
    delivery.retry({ delaySeconds: RETRY_DELAY_SECONDS });
  }
}

/**
 * A dead letter never ran: a fault of transport. What it stood for is owed by rows (a round's decisions and fills, a
 * task's due time) and is sent again from there, so the letter is recorded and let go.
 */
async function consumeDeadLetters(ports: TaskPorts, queue: QueueName, deliveries: readonly Delivery[]): Promise<void> {
  for (const delivery of deliveries) {
    const readable = messageSchema.safeParse(delivery.body).success;
    await storeDeadLetter(ports.query, {
      id: ports.newId(),
      queue,
      messageId: delivery.id,
      body: delivery.body,
      deliveries: delivery.attempts,
      outcome: readable ? "resent" : "kept",
    });
    ports.log({ event: "dead_letter", queue, message_id: delivery.id, outcome: readable ? "owed_by_its_row" : "kept" });
    delivery.ack();
  }
}
