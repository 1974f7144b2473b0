/** Enqueues a task: its row first, then its id. A failed send loses nothing: the sweep sends what is owed. */
import { CodedError } from "../core/error-codes.ts";
import { limits } from "../core/limits.ts";
import { wakingTasks } from "../core/message.ts";
import { maxAttempts } from "../core/retry.ts";
import { signed } from "../core/signed.ts";
import { SharedWork } from "../db/shared-work.ts";
import { insertTask, type NewTask } from "../db/statements/task-insert.ts";
import { insertTasks } from "../db/statements/task-insert-many.ts";
import { insertUnique } from "../db/statements/task-unique.ts";
import type { Enqueued, EnqueueOptions, PlainTasks, TaskPorts } from "../tasks/define.ts";
import { findTask, parseTaskArgs } from "../tasks/registry.ts";

export type EnqueuePorts = Pick<
  TaskPorts,
  "query" | "newId" | "send" | "by" | "codeVersion" | "correlationId" | "tasks" | "plainTasks"
>;

export function sharedPlainTasks(): PlainTasks {
  return new SharedWork(async ({ query, send }, tasks) => {
    await insertTasks(query, tasks);
    // One that was there, under a reserved id or after a lost reply, too: its sending may have been lost.
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

/** Throws task.unknown_name and task.bad_args; nothing is stored then. */
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
  // A key says what is so now (the open round, the recoveries so far): a task for later is no one's twin.
  const keyed = options.key === undefined && countdownSeconds === 0;
  const key = keyed ? ((await definition.key?.(args, ports.query)) ?? null) : (options.key ?? null);
  const subject = (await definition.subject?.(args, ports.query)) ?? { tournamentId: null, entryId: null };
  const task: NewTask = {
    id: options.id ?? ports.newId(),
    name: definition.name,
    queue: definition.queue,
    args,
    maxAttempts: maxAttempts(definition.retry),
    tournamentId: subject.tournamentId,
    entryId: subject.entryId,
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
  // A repeat under a reserved id finds its own task, whose sending may have been lost.
  const inserted = id === task.id;
  // What replaces a running one waits for its lease: the sweep sends it.
  if (inserted && countdownSeconds <= limits.promptSendSeconds && held?.state !== "STARTED") {
    await ports.send(definition.queue, [wakingTasks([id], task.correlationId)], Math.ceil(countdownSeconds));
  }
  return { taskId: id, inserted, held };
}
