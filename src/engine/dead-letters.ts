/** Records messages that could not be read, and messages that the platform gave up, so that an operator can look at them. */
import type { QueueName } from "../core/tasks/queues.ts";
import { storeDeadLetter } from "../db/statements/dead-letters/store.ts";
import { describeError } from "../log.ts";
import { type Delivery, RETRY_DELAY_SECONDS } from "./delivery.ts";
import { type MessageHandlers, readMessage } from "./message-handler.ts";
import type { EnginePorts } from "./task.ts";

/** A message that this version of the code can't read is recorded and acknowledged. */
export function keepUnreadable(ports: EnginePorts, queue: QueueName, delivery: Delivery): Promise<void> {
  return keep(ports, queue, delivery, "kept", "unreadable", { delaySeconds: RETRY_DELAY_SECONDS });
}

/**
 * Records and acknowledges dead letters. The platform could not deliver them, so none of them ran. What they asked for is
 * owed by rows (a round's decisions and fills, a task's due time), and the sweep sends it again from there.
 */
export async function consumeDeadLetters(
  ports: EnginePorts,
  handlers: MessageHandlers,
  queue: QueueName,
  deliveries: readonly Delivery[],
): Promise<void> {
  for (const delivery of deliveries) {
    const readable = readMessage(handlers, delivery.body) !== null;
    await (readable
      ? keep(ports, queue, delivery, "resent", "owed_by_its_row")
      : keep(ports, queue, delivery, "kept", "kept"));
  }
}

/** A letter that can't be stored is delivered again, alone, after the delay of `retry` or of its queue. */
async function keep(
  ports: EnginePorts,
  queue: QueueName,
  delivery: Delivery,
  outcome: "resent" | "kept",
  logged: string,
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
    ports.log({ event: "dead_letter", queue, message_id: delivery.id, outcome: logged });
    delivery.ack();
  } catch (error) {
    ports.log({ event: "fault", where: "consume.dead_letter", ...describeError(error) });
    delivery.retry(retry);
  }
}
