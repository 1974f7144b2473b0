/** Ends a round that can't be settled at its market's prices: a replay is cancelled, a live round is skipped. */
import { endUnusableRound, type UnusableReason } from "../db/statements/rounds/end-unusable.ts";
import { skipRounds } from "../db/statements/rounds/skip.ts";
import { describeError } from "../log.ts";
import type { RoundPorts } from "./ports.ts";

/**
 * Ends the round or replay, and logs it. `number`: the round that is closed or quoted, or the one that did not open. False
 * where nothing ended: another caller has moved it meanwhile, or it is an open live round, which its deadline closes.
 */
export async function endUnusable(
  ports: Pick<RoundPorts, "query" | "log" | "by">,
  tournamentId: string,
  number: number,
  error: unknown,
): Promise<boolean> {
  ports.log({ event: "fault", where: "round.unusable", ...describeError(error) });
  return endRoundFor(ports, tournamentId, number, "market.unusable");
}

/** Ends the round for a reason of its market: as `endUnusable`. */
export async function endRoundFor(
  ports: Pick<RoundPorts, "query" | "log" | "by">,
  tournamentId: string,
  number: number,
  reason: UnusableReason,
): Promise<boolean> {
  const { cancelled, skipped } = await endUnusableRound(ports.query, tournamentId, number, reason);
  if (cancelled) ports.log({ event: "tournament", tournament_id: tournamentId, status: "cancelled", by: ports.by });
  const without = !cancelled && !skipped ? await skipRounds(ports.query, tournamentId, number, number, reason) : 0;
  if (skipped || without > 0) {
    ports.log({ event: "round", tournament_id: tournamentId, number, state: "skipped", reason });
  }
  return cancelled || skipped || without > 0;
}
