/** The sweep: takes back leases that ran out, and sends tasks that are due and unsent. Beat runs it every 5 s, or the cron if Beat is dead. */
import { chunk } from "../core/chunk.ts";
import { limits } from "../core/limits.ts";
import { type QueueName, queueNames } from "../core/tasks/queues.ts";
import { foldCounts } from "../db/statements/metrics/fold-counts.ts";
import { takeSample } from "../db/statements/metrics/throughput.ts";
import { claimUnsent, sweepLeases } from "../db/statements/tasks/sweep.ts";
import type { EnginePorts } from "./task.ts";
import type { TasksMessage } from "./tasks-message.ts";

type SweepPorts = Pick<EnginePorts, "query" | "send" | "log" | "by">;

/** `busy` names queues that still hold messages. Tasks sent before are not sent to them again, so that a backlog does not grow. */
export async function sweep(ports: SweepPorts, busy: readonly QueueName[]): Promise<void> {
  const lost = await sweepLeases(ports.query, limits.sweepRowsMax, limits.lostLeasesMax, ports.by);
  const sent = await sendOwed(ports, limits.sweepRowsMax, busy);
  await foldCounts(ports.query);
  await takeSample(ports.query);
  if (lost.length > 0 || sent > 0) ports.log({ event: "swept", leases: lost.length, sent });
}

/** Sends tasks that are due and unsent, at most `rowsMax`. Scopes take turns. Returns how many it sent. */
export async function sendOwed(
  ports: Pick<SweepPorts, "query" | "send">,
  rowsMax: number,
  busy: readonly QueueName[],
  queues: readonly QueueName[] = queueNames,
  after: { readonly scope: string | null } | null = null,
): Promise<number> {
  const unsent = await claimUnsent(ports.query, rowsMax, busy, queues, after);
  for (const queue of queues) {
    const ids = unsent.filter((task) => task.queue === queue).map((task) => task.id);
    const messages = chunk(ids, limits.messageIdsMax).map((task_ids): TasksMessage => ({ type: "tasks", task_ids }));
    if (messages.length > 0) await ports.send(queue, messages);
  }
  return unsent.length;
}
