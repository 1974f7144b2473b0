/**
 * Finds the entry that a path like /agents/{id}/stats means. It is the agent's entry in the tournament of ?tournament_id=.
 * Without that parameter it is the agent's only live entry.
 */
import { CodedError } from "../../core/error-codes.ts";
import type { Query } from "../../db/query.ts";
import { readAgent } from "../../db/statements/agents/read.ts";
import { type AgentEntry, readEntriesOfAgent } from "../../db/statements/entries/of-agent.ts";
import { Problem } from "../problem.ts";
import { requireTournament } from "../tournaments/wire.ts";

export async function entryOfAgent(
  query: Query,
  agentId: string,
  tournamentId: string | undefined,
): Promise<AgentEntry> {
  const entries = await readEntriesOfAgent(query, agentId, tournamentId ?? null);
  if (entries.length === 0 && !(await readAgent(query, agentId))) throw new CodedError("agent.not_found");
  if (tournamentId !== undefined) {
    const [entry] = entries;
    if (entry) return entry;
    await requireTournament(query, tournamentId);
    throw new CodedError("entry.not_found");
  }
  const live = entries.filter((entry) => entry.tournament_status === "live" && entry.entry_status === "active");
  const [first, second] = live;
  if (first && !second) return first;
  const shown = first ? live : entries;
  throw new Problem(first ? "agent.ambiguous_entry" : "agent.no_live_entry", undefined, {
    errors: [{ path: "tournament_id", message: choice(shown) }],
    members: {
      entries: shown.map(({ entry_id, tournament_id, tournament, tournament_status }) => ({
        entry_id,
        tournament_id,
        tournament,
        status: tournament_status,
      })),
    },
  });
}

function choice(entries: readonly AgentEntry[]): string {
  if (entries.length === 0) return "is needed, but the agent has no entry in any tournament";
  return `is needed: one of ${entries.map((entry) => entry.tournament_id).join(", ")}`;
}
