/** What the messages of one group ask for: decisions, fills, tasks, an outside agent's answer. */

import { chunk } from "../core/chunk.ts";
import { limits } from "../core/limits.ts";
import { type Message, type QueueName, queueNames } from "../core/message.ts";
import { databaseFault } from "../db/errors.ts";
import { claimTasks } from "../db/statements/task-claim.ts";
import { decideBatch, type Fate } from "../rounds/decide.ts";
import { fillBatch } from "../rounds/fill.ts";
import { type Turn, turns } from "../rounds/turns.ts";
import type { TaskPorts } from "../tasks/define.ts";
import { abreast } from "./abreast.ts";
import { takeAnswer } from "./answer.ts";
import { failedDecisionTask, outsideDecisionTask } from "./decision-tasks.ts";
import { Finisher } from "./finisher.ts";
import { runClaimed } from "./run-task.ts";
import { sendOwed } from "./sweep.ts";
import { sayUnknown } from "./unknown.ts";

/** Claims of 100 tasks that one batch has running at once: a slow task holds no other claim back. */
const CLAIMS_ABREAST = 4;
/** Hundreds of entries of one tournament that are under way at once: one is asked while the others are stored. */
const PARTS_ABREAST = 3;
/** Outside agents whose tasks are made at once. */
const ASKS_ABREAST = 6;
/** Rows sent when an ending frees places of a limited queue. */
const FREED_MAX = 20;

/** How many tasks it claimed. `wake` collects the tournaments that have something new to look at. */
export async function work(ports: TaskPorts, messages: readonly Message[], wake: Set<string>): Promise<number> {
  const [first] = messages;
  if (!first) return 0;
  const ids = messages.flatMap((message) =>
    message.type === "tasks" ? message.task_ids : message.type === "answer" ? [] : message.entry_ids,
  );
  const unique = [...new Set(ids)].sort();
  // One part reads and asks its objects at a time, while others are stored: all at once they would starve each other.
  const turn = turns();
  switch (first.type) {
    case "decide":
      await inParts(unique, (entryIds) => decide(ports, first.tournament_id, entryIds, wake, turn));
      return 0;
    case "fill":
      await inParts(unique, async (entryIds) => {
        const settled = await fillBatch(ports, first.round_id, entryIds);
        if (settled === 0) await sayUnknown(ports, "round", [first.round_id]);
      });
      wake.add(first.tournament_id);
      return 0;
    case "tasks":
      return runTasks(ports, unique);
    case "answer":
      for (const message of messages) if (message.type === "answer") await takeAnswer(ports, message);
      wake.add(first.tournament_id);
      return 0;
  }
}

/** A hundred at a time, some parts side by side. Throws the first fault, once those that had begun are through. */
async function inParts(ids: readonly string[], part: (ids: string[]) => Promise<void>): Promise<void> {
  const faults: unknown[] = [];
  await abreast(chunk(ids, limits.messageIdsMax), PARTS_ABREAST, async (some) => {
    if (faults.length > 0) return;
    try {
      await part(some);
    } catch (error) {
      faults.push(error);
    }
  });
  if (faults.length > 0) throw faults[0];
}

/** Throws what a claim threw, once the others are through. */
async function runTasks(ports: TaskPorts, ids: readonly string[]): Promise<number> {
  // Claimed under a token of this invocation: a repeated claim after a lost reply finds its own.
  const token = ports.newId();
  const faults: unknown[] = [];
  let count = 0;
  await abreast(chunk(ids, limits.messageIdsMax), CLAIMS_ABREAST, async (taskIds) => {
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
          if (task.limited && queue) await sendNext(ports, queue, task.tournament_id);
        }),
      );
      const mine = new Set(claimed.map(({ id }) => id));
      const others = taskIds.filter((id) => !mine.has(id));
      await sayUnknown(ports, "task", others);
    } catch (error) {
      faults.push(error);
    }
  });
  if (faults.length > 0) throw faults[0];
  return count;
}

/** A place of a limited queue is free: who waits for it need not wait for the sweep. It goes to another tournament first. */
async function sendNext(ports: TaskPorts, queue: QueueName, tournamentId: string | null): Promise<void> {
  await sendOwed(ports, FREED_MAX, [], [queue], { tournamentId });
}

async function decide(
  ports: TaskPorts,
  tournamentId: string,
  entryIds: readonly string[],
  wake: Set<string>,
  turn: Turn,
): Promise<void> {
  const { roundId, resting, fates } = await decideBatch(ports, tournamentId, entryIds, { turn });
  const of = (kind: Fate["kind"]) => [...fates].filter(([, fate]) => fate.kind === kind).map(([id]) => id);
  // A start or a resume arms their loops again.
  const idle = resting ? entryIds : await sayUnknown(ports, "entry", of("absent"));
  if (resting) await sayUnknown(ports, "tournament", [tournamentId]);
  await Promise.all(idle.map((entryId) => ports.agent(entryId).rest()));
  const stale = of("stale");
  if (stale.length > 0)
    await ports.send("agents", [{ type: "decide", tournament_id: tournamentId, entry_ids: stale }], 1);
  if (roundId !== null) {
    const faults: unknown[] = [];
    // Side by side: who is asked last has the least of the window left to think in.
    await abreast(of("outside"), ASKS_ABREAST, async (entryId) => {
      await outsideDecisionTask(ports, tournamentId, roundId, entryId).catch((error: unknown) => faults.push(error));
    });
    if (faults.length > 0) throw faults[0];
    for (const [entryId, fate] of fates) {
      if (fate.kind === "failed") await failedDecisionTask(ports, tournamentId, roundId, entryId, fate);
    }
  }
  const unreached = [...fates.values()].find((fate) => fate.kind === "unreached");
  const news: readonly Fate["kind"][] = ["accepted", "outside", "failed", "late"];
  if (news.some((kind) => of(kind).length > 0)) wake.add(tournamentId);
  // The others are stored by now; the message is handed over again for those whose object didn't answer.
  if (unreached) throw unreached.error;
}
