/** Agents join a tournament. Repeating it is harmless. */
import { overCapacity } from "../core/capacity.ts";
import { CodedError } from "../core/error-codes.ts";
import { limits } from "../core/limits.ts";
import type { Query } from "../db/query.ts";
import { readAgentsToJoin } from "../db/statements/agents-to-join.ts";
import { insertEntries, readEntered, readRoom, recountParticipants } from "../db/statements/join-entries.ts";
import { freezeEntry } from "./freeze-entry.ts";

export interface JoinDeps {
  readonly query: Query;
  readonly newId: () => string;
}

/** Ids of agents; each asked one is in exactly one list. */
export interface Joined {
  readonly joined: readonly string[];
  /** Had an entry already. */
  readonly existing: readonly string[];
  /** Not there, or archived. */
  readonly unknown: readonly string[];
  /** Another entry of the tournament has the agent's name. */
  readonly clashes: readonly string[];
}

/**
 * A live tournament's new entries take part from its next round on.
 * Throws tournament.not_found, tournament.wrong_state once it has ended, and tournament.over_capacity when all of them
 * together would be too many for its interval: then none of them joins.
 */
export async function joinEntries(
  { query, newId }: JoinDeps,
  tournamentId: string,
  agentIds: readonly string[],
): Promise<Joined> {
  const asked = [...new Set(agentIds)];
  await refuseTooMany(query, tournamentId, asked);
  const joined: string[] = [];
  const found = new Set<string>();
  let running = false;
  for (let from = 0; from === 0 || from < asked.length; from += limits.rowsPerStatementMax) {
    const agents = await readAgentsToJoin(query, asked.slice(from, from + limits.rowsPerStatementMax));
    for (const agent of agents) found.add(agent.id);
    const entries = agents.map((agent) => freezeEntry(agent, newId()));
    const result = await insertEntries(query, tournamentId, entries);
    if (result.status === null) throw new CodedError("tournament.not_found");
    if (!result.open) {
      throw new CodedError("tournament.wrong_state", `The tournament is ${result.status} and takes no more entries.`);
    }
    running ||= result.status !== "upcoming";
    joined.push(...result.joined);
  }
  if (running && joined.length > 0) await recountParticipants(query, tournamentId);
  const isJoined = new Set(joined);
  const left = asked.filter((id) => !isJoined.has(id));
  const existing = new Set(left.length > 0 ? await readEntered(query, tournamentId, left) : []);
  return {
    joined,
    existing: left.filter((id) => existing.has(id)),
    unknown: left.filter((id) => !existing.has(id) && !found.has(id)),
    clashes: left.filter((id) => !existing.has(id) && found.has(id)),
  };
}

/** Who is there already is not counted twice. */
export async function refuseTooMany(query: Query, tournamentId: string, agentIds: readonly string[]): Promise<void> {
  const room = await readRoom(query, tournamentId, agentIds);
  if (!room || room.would_be === room.entries) return;
  const why = overCapacity(room.market, room.interval_seconds, room.would_be);
  if (why) throw new CodedError("tournament.over_capacity", why);
}
