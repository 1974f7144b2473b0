/** Enqueues a task: stores its row, then sends its id. A failed send loses nothing, because the sweep sends what is owed. */
import { CodedError } from "../core/error-codes.ts";
import { limits } from "../core/limits.ts";
import { maxAttempts } from "../core/tasks/retry.ts";
import { signed } from "../core/tasks/signed.ts";
import { SharedWork } from "../db/shared-work.ts";
import { insertTask, type NewTask } from "../db/statements/tasks/insert.ts";
import { insertTasks } from "../db/statements/tasks/insert-many.ts";
import { insertUnique } from "../db/statements/tasks/insert-unique.ts";
import { findTask, parseTaskArgs } from "./find-task.ts";
import type { EnginePorts, Enqueued, EnqueueOptions, PlainTasks } from "./task.ts";
import { wakingTasks } from "./tasks-message.ts";

export type EnqueuePorts = Pick<
  EnginePorts,
  "query" | "newId" | "send" | "by" | "codeVersion" | "correlationId" | "tasks" | "plainTasks"
>;

export function sharedPlainTasks(): PlainTasks {
  return new SharedWork(async ({ query, send }, tasks) => {
    await insertTasks(query, tasks);
    // All are sent, also those that were stored before (a reserved id, a lost reply): their first message may have been lost.
    for (const [queue, ofQueue] of Map.groupBy(tasks, (task) => task.queue)) {
      const byRequest = Map.groupBy(ofQueue, (task) => task.correlationId);
      await send(
        queue,
        [...byRequest].map(([correlationId, some]) =>
          wakingTasks(
            some.map(({ id }) => id),
            correlationId,
          ),
        ),
      );
    }
    return tasks.map(({ id }) => id);
  });
}

/** Throws task.unknown_name or task.bad_args before anything is stored. */
export async function enqueueTask(
  ports: EnqueuePorts,
  name: string,
  rawArgs: unknown,
  options: EnqueueOptions & { readonly failed?: { readonly code: string; readonly message: string } } = {},
): Promise<Enqueued> {
  const definition = findTask(ports.tasks, name);
  if (!definition) throw new CodedError("task.unknown_name", `There is no task ${JSON.stringify(name.slice(0, 80))}.`);
  const args = parseTaskArgs(definition, rawArgs);
  const countdownSeconds = options.countdownSeconds ?? 0;
  // A key names the present state (the open round, the recoveries so far), so a task with a countdown gets none.
  const keyed = options.key === undefined && countdownSeconds === 0;
  const key = keyed ? ((await definition.key?.(args, ports.query)) ?? null) : (options.key ?? null);
  const subject = (await definition.subject?.(args, ports.query)) ?? { scope: null, subject: null };
  const task: NewTask = {
    id: options.id ?? ports.newId(),
    name: definition.name,
    queue: definition.queue,
    args,
    maxAttempts: maxAttempts(definition.retry),
    scope: subject.scope,
    subject: subject.subject,
    survivesLostLeases: subject.survivesLostLeases ?? false,
    key,
    countdownSeconds,
    correlationId: options.correlationId ?? ports.correlationId,
    by: options.by === undefined ? ports.by : signed(options.by, ports.codeVersion),
    failed: options.failed ?? null,
    parentId: options.parentId ?? null,
  };
  const { unique } = options;
  if (key === null && !unique && countdownSeconds === 0 && task.failed === null && task.parentId === null) {
    return { taskId: await ports.plainTasks.ask(ports, task), inserted: true, held: null };
  }
  const { id, held } = unique
    ? await insertUnique(ports.query, { ...task, key: `unique:${name}:${unique.key}` }, unique.whenExists)
    : { ...(await insertTask(ports.query, task)), held: null };
  // A repeat under a reserved id finds its own task and sends it again: the first message may have been lost.
  const inserted = id === task.id;
  // A task that replaces a running one starts when the lease of the old one has ended: the sweep sends it then.
  if (inserted && countdownSeconds <= limits.promptSendSeconds && held?.state !== "STARTED") {
    await ports.send(definition.queue, [wakingTasks([id], task.correlationId)], Math.ceil(countdownSeconds));
  }
  return { taskId: id, inserted, held };
}
