/** The handler of the message `tasks`: claims the tasks that it names and runs them. */
import { chunk } from "../core/chunk.ts";
import { limits } from "../core/limits.ts";
import { type QueueName, queueNames } from "../core/tasks/queues.ts";
import { databaseFault } from "../db/errors.ts";
import { claimTasks } from "../db/statements/tasks/claim.ts";
import { Finisher } from "./finisher.ts";
import { defineHandler } from "./message-handler.ts";
import { runClaimed } from "./run-task.ts";
import { sideBySide } from "./side-by-side.ts";
import { sendOwed } from "./sweep.ts";
import type { EnginePorts } from "./task.ts";
import { type TasksMessage, tasksMessage } from "./tasks-message.ts";
import { logUnknownIds } from "./unknown-ids.ts";

/** How many claims of 100 tasks a batch has running at once, so that a slow task does not hold up the other claims. */
const CLAIMS_SIDE_BY_SIDE = 4;
/** How many tasks are sent at most when an ending frees a place of a limited queue. */
const FREED_MAX = 20;

export const tasksHandler = defineHandler<TasksMessage>({
  schema: tasksMessage,
  // The claim itself refuses tasks of a paused queue.
  isOwedByRows: false,
  groupKey: () => "tasks",
  size: (message) => message.task_ids.length,
  handle: async (ports, messages) => ({
    tasks: await runTasks(ports, [...new Set(messages.flatMap((message) => message.task_ids))].sort()),
  }),
});

/** Returns how many tasks it claimed. If a claim throws, the others still run, and then the error is thrown. */
async function runTasks(ports: EnginePorts, ids: readonly string[]): Promise<number> {
  // One token for the whole invocation: a claim that is repeated after a lost reply finds the tasks that it claimed before.
  const token = ports.newId();
  const faults: unknown[] = [];
  let count = 0;
  await sideBySide(chunk(ids, limits.messageIdsMax), CLAIMS_SIDE_BY_SIDE, async (taskIds) => {
    try {
      const claim = () => claimTasks(ports.query, taskIds, token, limits.leaseSeconds, ports.by);
      const claimed = await claim().catch((error: unknown) => {
        if (databaseFault(error) === "unknown") return claim();
        throw error;
      });
      count += claimed.length;
      const finisher = new Finisher(ports.query, token, ports.by);
      await Promise.all(
        claimed.map(async (task) => {
          await runClaimed(ports, task, token, finisher);
          const queue = queueNames.find((name) => name === task.queue);
          if (task.limited && queue) await sendNext(ports, queue, task.scope);
        }),
      );
      const mine = new Set(claimed.map(({ id }) => id));
      const others = taskIds.filter((id) => !mine.has(id));
      await logUnknownIds(ports, "task", others);
    } catch (error) {
      faults.push(error);
    }
  });
  if (faults.length > 0) throw faults[0];
  return count;
}

/** Fills the free place of a limited queue at once, without waiting for the sweep. Other scopes have their turn first. */
async function sendNext(ports: EnginePorts, queue: QueueName, scope: string | null): Promise<void> {
  await sendOwed(ports, FREED_MAX, [], [queue], { scope });
}
