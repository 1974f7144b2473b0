/** Agents join a tournament. A repeated call does no harm. */
import { overCapacity } from "../core/capacity.ts";
import { CodedError } from "../core/error-codes.ts";
import { limits } from "../core/limits.ts";
import type { Query } from "../db/query.ts";
import { readAgentsToJoin } from "../db/statements/entries/agents-to-join.ts";
import {
  insertEntries,
  type NewEntry,
  type Rival,
  readEntered,
  readRivals,
  readRoom,
  recountParticipants,
} from "../db/statements/entries/join.ts";
import { isForQualified, readUnqualified } from "../db/statements/practice/qualification.ts";
import { freezeEntry } from "./freeze-entry.ts";

/** An answer names at most this many rivals. */
const RIVALS_MAX = 20;

export interface JoinDeps {
  readonly query: Query;
  readonly newId: () => string;
}

/** Ids of agents. Each id that was asked for is in exactly one of `joined`, `existing`, `unknown` and `clashes`. */
export interface Joined {
  readonly joined: readonly string[];
  /** These agents had an entry already. */
  readonly existing: readonly string[];
  /** These agents do not exist, or are archived. */
  readonly unknown: readonly string[];
  /** Another entry of the tournament has the agent's name, or one that looks like it. */
  readonly clashes: readonly string[];
  /** The name of the other entry, for each of the first `RIVALS_MAX` clashes. */
  readonly rivals: readonly Rival[];
}

/**
 * A live tournament's new entries take part from its next round on.
 * Throws tournament.not_found when there is no such tournament.
 * Throws tournament.wrong_state when the tournament takes no more entries.
 * Throws agent.not_qualified when the tournament is for qualified agents and one of these is not. Then no agent joins.
 * Throws tournament.over_capacity when its interval is too short for the old and new entries together. Then no agent joins.
 */
export async function joinEntries(
  { query, newId }: JoinDeps,
  tournamentId: string,
  agentIds: readonly string[],
): Promise<Joined> {
  const asked = [...new Set(agentIds)];
  await refuseTooMany(query, tournamentId, asked);
  await refuseUnqualified(query, tournamentId, asked);
  const joined: string[] = [];
  const found = new Set<string>();
  const refused: NewEntry[] = [];
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
    const isIn = new Set(result.joined);
    refused.push(...entries.filter((entry) => !isIn.has(entry.agent_id)));
  }
  if (running && joined.length > 0) await recountParticipants(query, tournamentId);
  const isJoined = new Set(joined);
  const left = asked.filter((id) => !isJoined.has(id));
  const existing = new Set(left.length > 0 ? await readEntered(query, tournamentId, left) : []);
  const clashing = refused.filter((entry) => !existing.has(entry.agent_id)).slice(0, RIVALS_MAX);
  return {
    joined,
    existing: left.filter((id) => existing.has(id)),
    unknown: left.filter((id) => !existing.has(id) && !found.has(id)),
    clashes: left.filter((id) => !existing.has(id) && found.has(id)),
    rivals: clashing.length > 0 ? await readRivals(query, tournamentId, clashing) : [],
  };
}

/** Throws agent.not_qualified when the tournament is for qualified agents and one of these is not. */
export async function refuseUnqualified(
  query: Query,
  tournamentId: string,
  agentIds: readonly string[],
): Promise<void> {
  if (!(await isForQualified(query, tournamentId))) return;
  const others = await readUnqualified(query, agentIds);
  if (others.length > 0) throw new CodedError("agent.not_qualified");
}

/** Throws when the tournament would have too many entries. Agents that have joined already are not counted twice. */
export async function refuseTooMany(query: Query, tournamentId: string, agentIds: readonly string[]): Promise<void> {
  const room = await readRoom(query, tournamentId, agentIds);
  if (!room || room.would_be === room.entries) return;
  const why = overCapacity(room.market, room.interval_seconds, room.would_be);
  if (why) throw new CodedError("tournament.over_capacity", why);
}
