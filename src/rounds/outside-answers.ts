/** What a round owes to agents from outside: it waits for their answers, and ends the tasks of those that gave none. */
import { limits } from "../core/limits.ts";
import { isReplay } from "../core/phases.ts";
import { endUnanswered } from "../db/statements/rounds/end-unanswered.ts";
import type { Look } from "../db/statements/rounds/look.ts";
import { watchRound } from "../db/statements/rounds/watch.ts";
import type { RoundPorts } from "./ports.ts";

/** How often an open round that waits for agents from outside is looked at: db/statements/rounds/watch.ts. */
const WATCH_MS = 10_000;

/**
 * Looks after the agents from outside that an open round waits for. A replay's agents have their own time, at whose end their tasks end. A live
 * round's tasks end with the round. `isOver`: some have ended, so the round may have what it needs.
 */
export async function waitForAnswers(
  ports: RoundPorts,
  look: Look,
  roundId: string,
): Promise<{ readonly isOver: boolean; readonly afterMs: number }> {
  const until = (await watchRound(ports.query, roundId)) ?? look.answers_until_ms;
  const left = isReplay(look.market) && until !== null ? until - look.now_ms : WATCH_MS;
  if (left > 0) return { isOver: false, afterMs: Math.min(left, WATCH_MS) };
  return { isOver: (await endSome(ports, look, roundId)) > 0, afterMs: WATCH_MS };
}

/** Ends the tasks of a round's agents that gave no answer, and halts the entries that missed too often. */
export async function endAnswers(ports: RoundPorts, look: Pick<Look, "tournament_id">, roundId: string): Promise<void> {
  while ((await endSome(ports, look, roundId)) === limits.rowsPerStatementMax);
}

async function endSome(ports: RoundPorts, look: Pick<Look, "tournament_id">, roundId: string): Promise<number> {
  const { ended, halted } = await endUnanswered(ports.query, roundId, limits.rowsPerStatementMax, ports.by);
  for (const entry_id of halted) ports.log({ event: "halted", tournament_id: look.tournament_id, entry_id });
  return ended;
}
