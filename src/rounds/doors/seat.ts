/** Why an agent has no round to decide, whichever round is open. */
import type { AgentKind } from "../../core/agents/agent-kinds.ts";
import { keepNewest } from "../../core/keep-newest.ts";
import type { Seat } from "../../db/statements/doors/seats.ts";

export type SeatRefusal =
  /** The agent has no entry there, or several live ones and none was named. */
  | { readonly kind: "unclear" }
  | { readonly kind: "withdrawn" }
  | { readonly kind: "halted" }
  /** The agent's decisions come from elsewhere. */
  | { readonly kind: "wrong_kind"; readonly agentKind: AgentKind };

/** Kinds of agents that decide by a call to us. */
const CALLERS: readonly AgentKind[] = ["outside", "webhook"];

export function refusalOf(seat: Seat): SeatRefusal | null {
  if (!CALLERS.includes(seat.kind)) return { kind: "wrong_kind", agentKind: seat.kind };
  if (seat.entry_status === "withdrawn") return { kind: "withdrawn" };
  return seat.halted ? { kind: "halted" } : null;
}

export type KnownSeat = Pick<Seat, "entry_id" | "tournament_id" | "interval_seconds" | "starts_ms" | "market">;

const SEATS_KEPT = 20_000;

/**
 * Where agents sit, by agent and tournament: entries that were active and not halted. An entry never changes its agent or
 * tournament, so this is kept for those that come again and again.
 */
export class KnownSeats {
  readonly #seats = new Map<string, KnownSeat>();

  get(agentId: string, tournamentId: string | null): KnownSeat | undefined {
    return tournamentId === null ? undefined : this.#seats.get(`${agentId} ${tournamentId}`);
  }

  keep(seat: Seat): void {
    keepNewest(this.#seats, `${seat.agent_id} ${seat.tournament_id}`, seat, SEATS_KEPT);
  }
}
