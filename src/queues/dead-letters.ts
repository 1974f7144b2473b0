/** Messages that could not be read, and those that the platform gave up. Both are kept, so that an operator can look. */
import { messageSchema, type QueueName } from "../core/message.ts";
import { storeDeadLetter } from "../db/statements/dead-letter-store.ts";
import { describeError } from "../log.ts";
import type { TaskPorts } from "../tasks/define.ts";
import { type Delivery, RETRY_DELAY_SECONDS } from "./delivery.ts";

/** A message of another age or hand: kept, and never handed over again. */
export function keepUnreadable(ports: TaskPorts, queue: QueueName, delivery: Delivery): Promise<void> {
  return keep(ports, queue, delivery, "kept", "unreadable", { delaySeconds: RETRY_DELAY_SECONDS });
}

/**
 * A dead letter never ran: a fault of transport. What it stood for is owed by rows (a round's decisions and fills, a
 * task's due time) and is sent again from there, so the letter is recorded and let go.
 */
export async function consumeDeadLetters(
  ports: TaskPorts,
  queue: QueueName,
  deliveries: readonly Delivery[],
): Promise<void> {
  for (const delivery of deliveries) {
    const readable = messageSchema.safeParse(delivery.body).success;
    await (readable
      ? keep(ports, queue, delivery, "resent", "owed_by_its_row")
      : keep(ports, queue, delivery, "kept", "kept"));
  }
}

/** One that can't be kept comes again, by itself, after what `retry` says or else its queue's own delay. */
async function keep(
  ports: TaskPorts,
  queue: QueueName,
  delivery: Delivery,
  outcome: "resent" | "kept",
  said: string,
  retry?: { readonly delaySeconds: number },
): Promise<void> {
  try {
    await storeDeadLetter(ports.query, {
      id: ports.newId(),
      queue,
      messageId: delivery.id,
      body: delivery.body,
      deliveries: delivery.attempts,
      outcome,
    });
    ports.log({ event: "dead_letter", queue, message_id: delivery.id, outcome: said });
    delivery.ack();
  } catch (error) {
    ports.log({ event: "fault", where: "consume.dead_letter", ...describeError(error) });
    delivery.retry(retry);
  }
}
