/** Sets agents up for a tournament: an entry each, with its frozen settings and starting cash. */
import { z } from "zod";
import { limits } from "../core/limits.ts";
import { defaultRetry } from "../core/retry.ts";
import { joinEntries } from "../rounds/join.ts";
import { defineTask } from "./define.ts";

const ids = z.array(z.uuid()).readonly();

export const initializeTournamentAgents = defineTask({
  name: "initialize_tournament_agents",
  description: "Enters agents into a tournament.",
  returns: "`joined`, `existing`, `clashes` (a name that is taken there) and `unknown`: the agents' ids.",
  queue: "agents",
  args: z.object({ tournament_id: z.uuid(), agent_ids: z.array(z.uuid()).min(1).max(10_000) }).strict(),
  result: z.object({ joined: ids, existing: ids, clashes: ids, unknown: ids }),
  retry: defaultRetry,
  softLimitSeconds: limits.softLimitSeconds,
  hardLimitSeconds: limits.hardLimitSeconds,
  subject: ({ tournament_id }) => ({ tournamentId: tournament_id, entryId: null }),
  async run({ tournament_id, agent_ids }, ports) {
    const joined = await joinEntries(ports, tournament_id, agent_ids);
    await ports.wakeArena(tournament_id);
    return { kind: "success", result: { ...joined } };
  },
});
