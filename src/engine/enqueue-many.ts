/** Enqueues many tasks of one name with few statements and messages. The result is the same as enqueueing each alone. */
import { chunk } from "../core/chunk.ts";
import { CodedError } from "../core/error-codes.ts";
import { limits } from "../core/limits.ts";
import { maxAttempts } from "../core/tasks/retry.ts";
import { signed } from "../core/tasks/signed.ts";
import { insertTasks, type TaskOfMany } from "../db/statements/tasks/insert-many.ts";
import { type EnqueuePorts, enqueueTask } from "./enqueue.ts";
import { findTask, parseTaskArgs } from "./find-task.ts";
import type { EnqueueOptions } from "./task.ts";
import { wakingTasks } from "./tasks-message.ts";

/** The tasks' ids, in the order of `all`. Throws task.unknown_name and task.bad_args before anything is stored. */
export async function enqueueMany(
  ports: EnqueuePorts,
  name: string,
  all: readonly unknown[],
  options: Pick<EnqueueOptions, "by" | "correlationId"> = {},
): Promise<string[]> {
  const definition = findTask(ports.tasks, name);
  if (!definition) throw new CodedError("task.unknown_name", `There is no task ${JSON.stringify(name.slice(0, 80))}.`);
  const parsed = all.map((args) => parseTaskArgs(definition, args));
  const correlationId = options.correlationId ?? ports.correlationId;
  const common = {
    name: definition.name,
    queue: definition.queue,
    maxAttempts: maxAttempts(definition.retry),
    correlationId,
    by: options.by === undefined ? ports.by : signed(options.by, ports.codeVersion),
  };
  const ids: string[] = [];
  for (const some of chunk(parsed, limits.rowsPerStatementMax)) {
    const tasks: TaskOfMany[] = [];
    for (const args of some) {
      const {
        scope,
        subject,
        survivesLostLeases = false,
      } = (await definition.subject?.(args, ports.query)) ?? { scope: null, subject: null };
      const key = (await definition.key?.(args, ports.query)) ?? null;
      tasks.push({ ...common, id: ports.newId(), args, scope, subject, survivesLostLeases, key });
    }
    const stored = await insertTasks(ports.query, tasks);
    const messages = chunk([...stored], limits.messageIdsMax).map((some) => wakingTasks(some, correlationId));
    if (messages.length > 0) await ports.send(definition.queue, messages);
    for (const { id, args, key } of tasks) {
      // Another task holds its key: enqueueing it alone returns that task's id.
      ids.push(stored.has(id) ? id : (await enqueueTask(ports, name, args, { ...options, id, key })).taskId);
    }
  }
  return ids;
}
