/** Why an agent has no round to decide, whichever round is open. */
import type { AgentKind } from "../../core/agents/agent-kinds.ts";
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
