/** Sets agents up for a tournament: each gets an entry with its frozen settings and the starting cash. */
import { z } from "zod";
import { limits } from "../core/limits.ts";
import { defaultRetry } from "../core/tasks/retry.ts";
import { liveTournaments } from "../db/statements/tournaments/live.ts";
import { joinEntries } from "../rounds/join.ts";
import { wakeEntries } from "../rounds/wake.ts";
import { defineTask } from "./define.ts";

const ids = z.array(z.uuid()).max(limits.resultIdsMax).readonly();
const count = z.number().int();
const rival = z.object({ agent_id: z.uuid(), agent: z.string(), rival: z.string() });

export const initializeTournamentAgents = defineTask({
  name: "initialize_tournament_agents",
  description: "Enters agents into a tournament.",
  returns:
    "`joined`, `existing`, `clashes` and `unknown`: each lists the ids of its first 250 agents; `joined_count`, `existing_count`, `clashes_count` and `unknown_count`: the number of all; `rivals`: the names that the first 20 clashes clash with. An agent clashes when an entry has its name, or a name that looks like it.",
  queue: "agents",
  args: z.object({ tournament_id: z.uuid(), agent_ids: z.array(z.uuid()).min(1).max(10_000) }).strict(),
  result: z.object({
    joined: ids,
    existing: ids,
    clashes: ids,
    unknown: ids,
    joined_count: count,
    existing_count: count,
    clashes_count: count,
    unknown_count: count,
    rivals: z.array(rival).readonly(),
  }),
  retry: defaultRetry,
  softLimitSeconds: limits.softLimitSeconds,
  hardLimitSeconds: limits.hardLimitSeconds,
  subject: ({ tournament_id }) => ({ scope: tournament_id, subject: null }),
  async run({ tournament_id, agent_ids }, ports) {
    const { joined, existing, clashes, unknown, rivals } = await joinEntries(ports, tournament_id, agent_ids);
    await ports.wakeArena(tournament_id, ports.correlationId);
    // The Arena armed the loops of the entries that it began with. Without a loop each decision of a later one is sent as a recovery.
    const live = joined.length > 0 ? await liveTournaments(ports.query) : [];
    for (const tournament of live) if (tournament.id === tournament_id) await wakeEntries(ports, tournament);
    const first = (all: readonly string[]) => all.slice(0, limits.resultIdsMax);
    return {
      kind: "success",
      result: {
        joined: first(joined),
        existing: first(existing),
        clashes: first(clashes),
        unknown: first(unknown),
        joined_count: joined.length,
        existing_count: existing.length,
        clashes_count: clashes.length,
        unknown_count: unknown.length,
        rivals,
      },
    };
  },
});
