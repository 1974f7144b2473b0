/** Beat, every 5 s, and the cron in case Beat is dead: leases that ran out go back, and what is owed and unsent is sent. */

import { chunk } from "../core/chunk.ts";
import { limits } from "../core/limits.ts";
import { type Message, type QueueName, queueNames } from "../core/message.ts";
import { foldCounts } from "../db/statements/task-counts-fold.ts";
import { claimUnsent, sweepLeases } from "../db/statements/task-sweep.ts";
import { takeSample } from "../db/statements/throughput.ts";
import type { RoundPorts } from "../rounds/ports.ts";

type SweepPorts = Pick<RoundPorts, "query" | "send" | "log" | "by">;

/** `busy` names the queues that are being drained, whose rows wait: a backlog is never multiplied. */
export async function sweep(ports: SweepPorts, busy: readonly QueueName[]): Promise<void> {
  const lost = await sweepLeases(ports.query, limits.sweepRowsMax, limits.lostLeasesMax, ports.by);
  const sent = await sendOwed(ports, limits.sweepRowsMax, busy);
  await foldCounts(ports.query);
  await takeSample(ports.query);
  if (lost.length > 0 || sent > 0) ports.log({ event: "swept", leases: lost.length, sent });
}

/** Sends tasks that are due and unsent, at most `rowsMax`, tournaments in turns. Returns how many. */
export async function sendOwed(
  ports: Pick<SweepPorts, "query" | "send">,
  rowsMax: number,
  busy: readonly QueueName[],
  queues: readonly QueueName[] = queueNames,
  after: { readonly tournamentId: string | null } | null = null,
): Promise<number> {
  const unsent = await claimUnsent(ports.query, rowsMax, busy, queues, after);
  for (const queue of queues) {
    const ids = unsent.filter((task) => task.queue === queue).map((task) => task.id);
    const messages = chunk(ids, limits.messageIdsMax).map((task_ids): Message => ({ type: "tasks", task_ids }));
    if (messages.length > 0) await ports.send(queue, messages);
  }
  return unsent.length;
}
