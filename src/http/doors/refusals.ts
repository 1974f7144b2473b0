/** What the paths of agents from outside answer where an entry is not asked. */
import { CodedError } from "../../core/error-codes.ts";
import type { Query } from "../../db/query.ts";
import { readEntriesOfAgent } from "../../db/statements/entries/of-agent.ts";
import type { SeatRefusal } from "../../rounds/doors/seat.ts";
import { entryOfAgent } from "../agents/entry-of-agent.ts";

const OVER: readonly string[] = ["completed", "cancelled"];

/**
 * The tournament of an agent that names none and has no live entry: the only one that it still takes part in. Throws
 * tournament.ended where all are over, and a problem that lists the entries where there are several.
 */
export async function onlyTournament(query: Query, agentId: string): Promise<string> {
  const entries = await readEntriesOfAgent(query, agentId, null);
  const going = entries.filter((entry) => entry.entry_status === "active" && !OVER.includes(entry.tournament_status));
  const [only, another] = going;
  if (only && !another) return only.tournament_id;
  if (entries.length > 0 && going.length === 0) throw new CodedError("tournament.ended");
  await entryOfAgent(query, agentId, undefined);
  throw new CodedError("request.conflict");
}

export async function throwRefusal(
  query: Query,
  agentId: string,
  tournamentId: string | undefined,
  refusal: SeatRefusal,
): Promise<never> {
  switch (refusal.kind) {
    case "withdrawn":
      throw new CodedError("entry.withdrawn");
    case "halted":
      throw new CodedError("agent.halted");
    case "wrong_kind":
      throw new CodedError(
        "agent.wrong_kind",
        `The agent is of the kind ${refusal.agentKind}: its decisions come from elsewhere.`,
      );
    case "unclear":
      // Tells which of agent, tournament and entry is missing.
      await entryOfAgent(query, agentId, tournamentId);
      throw new CodedError("request.conflict");
  }
}
