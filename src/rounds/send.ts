/** Sends what a round owes, as ids: at most 100 a message. */

import { IDS_A_MESSAGE, type Message } from "../core/message.ts";
import { claimOwedDecisions, claimOwedFills } from "../db/statements/round-sent.ts";
import type { RoundPorts } from "./ports.ts";

export function chunk<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, i) => items.slice(i * size, (i + 1) * size));
}

function withCorrelation(ports: RoundPorts): { correlation_id?: string } {
  return ports.correlationId ? { correlation_id: ports.correlationId } : {};
}

/** Of all that call it for the same sending, one sends. */
export async function sendOwedDecisions(
  ports: RoundPorts,
  tournamentId: string,
  roundId: string,
  sends: number,
  reached = sends + 1,
): Promise<void> {
  const owed = await claimOwedDecisions(ports.query, roundId, sends, reached);
  if (!owed) return;
  const messages = chunk(owed, IDS_A_MESSAGE).map(
    (entry_ids): Message => ({ type: "decide", tournament_id: tournamentId, entry_ids, ...withCorrelation(ports) }),
  );
  await ports.send("agents", messages);
}

export async function sendOwedFills(
  ports: RoundPorts,
  tournamentId: string,
  roundId: string,
  sends: number,
): Promise<void> {
  const owed = await claimOwedFills(ports.query, roundId, sends);
  if (!owed) return;
  const messages = chunk(owed, IDS_A_MESSAGE).map(
    (entry_ids): Message => ({
      type: "fill",
      tournament_id: tournamentId,
      round_id: roundId,
      entry_ids,
      ...withCorrelation(ports),
    }),
  );
  await ports.send("trading", messages);
}
