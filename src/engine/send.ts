/** Puts messages on a queue within the platform's limits. A message that can't be sent is still owed, and the sweep sends it again. */
import { limits } from "../core/limits.ts";
import { describeError, type Log } from "../log.ts";
import type { Message } from "./tasks-message.ts";
import { within } from "./within.ts";

interface Sink {
  sendBatch(messages: Iterable<{ body: Message; delaySeconds?: number }>): Promise<unknown>;
}

/** Returns whether all were sent; never throws. A send is given up after five seconds: in production one has hung for a minute. */
export async function sendMessages(
  queue: Sink,
  messages: readonly Message[],
  delaySeconds: number,
  log: Log,
): Promise<boolean> {
  let all = true;
  for (const batch of batches(messages)) {
    try {
      const sent = queue.sendBatch(batch.map((body) => (delaySeconds > 0 ? { body, delaySeconds } : { body })));
      if ((await within(limits.sendTimeoutMs, sent, "late")) === "late") throw new Error("sendBatch did not answer");
    } catch (error) {
      all = false;
      log({ event: "fault", where: "queue.send", ...describeError(error) });
    }
  }
  return all;
}

/** Batches of at most 100 messages and 256 KB, with room for the bytes that the platform adds. */
function batches(messages: readonly Message[]): Message[][] {
  const all: Message[][] = [];
  let current: Message[] = [];
  let bytes = 0;
  for (const message of messages) {
    const size = JSON.stringify(message).length + 200;
    if (
      current.length > 0 &&
      (current.length === limits.sendBatchMessagesMax || bytes + size > limits.sendBatchBytesMax)
    ) {
      all.push(current);
      current = [];
      bytes = 0;
    }
    current.push(message);
    bytes += size;
  }
  if (current.length > 0) all.push(current);
  return all;
}
