/** Sends what a round owes, as ids: at most 100 a message. */
import { chunk } from "../core/chunk.ts";
import { limits } from "../core/limits.ts";
import type { Look } from "../db/statements/rounds/look.ts";
import { claimOwedDecisions, claimOwedFills, type Sending } from "../db/statements/rounds/sent.ts";
import type { SentMessage } from "./messages/schemas.ts";
import { makeOutsideTasks } from "./outside-tasks.ts";
import type { RoundPorts } from "./ports.ts";

function withCorrelation(ports: RoundPorts): { correlation_id?: string } {
  return ports.correlationId ? { correlation_id: ports.correlationId } : {};
}

/** Concurrent callers of one sending send it once. True when the sending has another slice. */
export async function sendOwedDecisions(
  ports: RoundPorts,
  look: Pick<Look, "tournament_id" | "interval_seconds" | "market">,
  roundId: string,
  sending: Sending,
): Promise<boolean> {
  const owed = await claimOwedDecisions(ports.query, roundId, sending);
  if (!owed) return false;
  const messages = chunk(owed.ids, limits.messageIdsMax).map(
    (entry_ids): SentMessage => ({
      type: "decide",
      tournament_id: look.tournament_id,
      entry_ids,
      ...(sending.isRecovery ? { again: true } : {}),
      ...withCorrelation(ports),
    }),
  );
  if (messages.length > 0) await ports.send("agents", messages);
  if (owed.lacks_tasks) await makeOutsideTasks(ports, look, roundId, sending);
  return owed.more;
}

export async function sendOwedFills(
  ports: RoundPorts,
  tournamentId: string,
  roundId: string,
  sends: number,
): Promise<void> {
  const owed = await claimOwedFills(ports.query, roundId, sends);
  if (!owed) return;
  const messages = chunk(owed, limits.messageIdsMax).map(
    (entry_ids): SentMessage => ({
      type: "fill",
      tournament_id: tournamentId,
      round_id: roundId,
      entry_ids,
      ...withCorrelation(ports),
    }),
  );
  await ports.send("trading", messages);
}
