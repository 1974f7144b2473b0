/** The log line of a round that moved. */
import type { Look } from "../db/statements/rounds/look.ts";
import type { RoundPorts } from "./ports.ts";

export function logRound(ports: RoundPorts, look: Look, number: number | null, state: string, reason?: string): void {
  ports.log({
    event: "round",
    tournament_id: look.tournament_id,
    number: number ?? -1,
    state,
    ...(reason ? { reason } : {}),
  });
}
