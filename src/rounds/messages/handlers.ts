/** What the messages of rounds ask for: decisions, fills, an outside agent's answer. Handed to the engine's consumer. */
import { chunk } from "../../core/chunk.ts";
import { limits } from "../../core/limits.ts";
import { type Batch, defineHandler, type MessageHandlers } from "../../engine/message-handler.ts";
import { type OneAtATime, oneAtATime } from "../../engine/one-at-a-time.ts";
import { sideBySide } from "../../engine/side-by-side.ts";
import type { Message } from "../../engine/tasks-message.ts";
import { logUnknownIds } from "../../engine/unknown-ids.ts";
import { decideBatch } from "../decide.ts";
import type { Fate } from "../fate.ts";
import { fillBatch } from "../fill.ts";
import type { RoundPorts } from "../ports.ts";
import { takeAnswer } from "./answer.ts";
import { failedDecisionTask } from "./failed-decision.ts";
import {
  type AnswerMessage,
  answerMessage,
  type DecideMessage,
  decideMessage,
  type FillMessage,
  fillMessage,
} from "./schemas.ts";

/** Hundreds of entries of one tournament that are under way at once: one is asked while the others are stored. */
const PARTS_SIDE_BY_SIDE = 3;

const decide = defineHandler<DecideMessage, RoundPorts>({
  schema: decideMessage,
  isOwedByRows: true,
  groupKey: (message) => withRequest(`decide ${message.tournament_id}`, message),
  size: (message) => message.entry_ids.length,
  async handle(ports, messages, batch) {
    // One part reads and asks its objects at a time, while others are stored: all at once they would starve each other.
    const turn = oneAtATime();
    const [first] = messages;
    // An entry whose first message is here as well was late, not lost.
    const inTime = new Set(entriesOf(messages.filter(({ again }) => again !== true)));
    const again = new Set(entriesOf(messages).filter((id) => !inTime.has(id)));
    if (first)
      await inParts(entriesOf(messages), (ids) => decideSome(ports, first.tournament_id, ids, batch, { turn, again }));
    return { tasks: 0 };
  },
});

const fill = defineHandler<FillMessage, RoundPorts>({
  schema: fillMessage,
  isOwedByRows: true,
  groupKey: (message) => withRequest(`fill ${message.round_id}`, message),
  size: (message) => message.entry_ids.length,
  async handle(ports, messages, batch) {
    const [first] = messages;
    if (!first) return { tasks: 0 };
    await inParts(entriesOf(messages), async (entryIds) => {
      const settled = await fillBatch(ports, first.round_id, entryIds);
      if (settled === 0) await logUnknownIds(ports, "round", [first.round_id]);
    });
    wakeAfterwards(ports, first.tournament_id, batch);
    return { tasks: 0 };
  },
});

const answer = defineHandler<AnswerMessage, RoundPorts>({
  schema: answerMessage,
  isOwedByRows: false,
  groupKey: (message) => `answer ${message.task_id}`,
  size: () => 1,
  async handle(ports, messages, batch) {
    for (const message of messages) {
      await takeAnswer(ports, message);
      wakeAfterwards(ports, message.tournament_id, batch);
    }
    return { tasks: 0 };
  },
});

export const roundHandlers: MessageHandlers = { decide, fill, answer };

/** Messages of one request share its correlation id, so those of another request are a group of their own. */
function withRequest(key: string, message: Message): string {
  return message.correlation_id === undefined ? key : `${key} ${message.correlation_id}`;
}

function entriesOf(messages: readonly { readonly entry_ids: readonly string[] }[]): string[] {
  return [...new Set(messages.flatMap((message) => message.entry_ids))].sort();
}

/** One wake a batch and tournament, never one a decision. A lost wake costs time only: the Arena's alarm comes anyway. */
function wakeAfterwards(ports: RoundPorts, tournamentId: string, batch: Batch): void {
  batch.afterwards(`arena ${tournamentId}`, () => ports.wakeArena(tournamentId));
}

/** A hundred at a time, some parts side by side. Throws the first fault, once the parts that had begun are through. */
async function inParts(ids: readonly string[], part: (ids: string[]) => Promise<void>): Promise<void> {
  const faults: unknown[] = [];
  await sideBySide(chunk(ids, limits.messageIdsMax), PARTS_SIDE_BY_SIDE, async (some) => {
    if (faults.length > 0) return;
    try {
      await part(some);
    } catch (error) {
      faults.push(error);
    }
  });
  if (faults.length > 0) throw faults[0];
}

async function decideSome(
  ports: RoundPorts,
  tournamentId: string,
  entryIds: readonly string[],
  batch: Batch,
  options: { readonly turn: OneAtATime; readonly again: ReadonlySet<string> },
): Promise<void> {
  const { roundId, resting, fates } = await decideBatch(ports, tournamentId, entryIds, options);
  const of = (kind: Fate["kind"]) => [...fates].filter(([, fate]) => fate.kind === kind).map(([id]) => id);
  // A start or a resume arms their loops again.
  const idle = resting ? entryIds : await logUnknownIds(ports, "entry", of("absent"));
  if (resting) await logUnknownIds(ports, "tournament", [tournamentId]);
  await Promise.all(idle.map((entryId) => ports.agent(entryId).rest()));
  const stale = of("stale");
  if (stale.length > 0)
    await ports.send("agents", [{ type: "decide", tournament_id: tournamentId, entry_ids: stale }], 1);
  if (roundId !== null) {
    for (const [entryId, fate] of fates) {
      if (fate.kind === "failed") await failedDecisionTask(ports, tournamentId, roundId, entryId, fate);
    }
  }
  const unreached = [...fates.values()].find((fate) => fate.kind === "unreached");
  const news: readonly Fate["kind"][] = ["accepted", "failed", "late"];
  if (news.some((kind) => of(kind).length > 0)) wakeAfterwards(ports, tournamentId, batch);
  // The others are stored by now. The message is handed over again for the entries whose object did not answer.
  if (unreached) throw unreached.error;
}
