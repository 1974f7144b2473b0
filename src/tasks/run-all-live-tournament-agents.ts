/** Advances every live tournament, arms the loops of entries whose alarm was lost, and sends what is owed. */
import { z } from "zod";
import { limits } from "../core/limits.ts";
import { defaultRetry } from "../core/tasks/retry.ts";
import { liveTournaments } from "../db/statements/tournaments/live.ts";
import { forEachItem } from "../engine/for-each.ts";
import { wakeEntries } from "../rounds/wake.ts";
import { defineTask } from "./define.ts";

export const runAllLiveTournamentAgents = defineTask({
  name: "run_all_live_tournament_agents",
  description: "Runs all agents in live tournaments.",
  returns:
    "`tournaments`: the number of live tournaments, `entries`: the number of entries whose objects it woke, `failed`: the number of tournaments that failed.",
  queue: "agents",
  args: z.object({}).strict(),
  result: z.object({ tournaments: z.number().int(), entries: z.number().int(), failed: z.number().int() }),
  retry: defaultRetry,
  softLimitSeconds: limits.softLimitSeconds,
  hardLimitSeconds: limits.hardLimitSeconds,
  async run(_args, ports, attempt) {
    const live = await liveTournaments(ports.query);
    let entries = 0;
    let done = 0;
    const failed = await forEachItem(ports, live, async (tournament) => {
      if (attempt.signal.aborted) return;
      await ports.wakeArena(tournament.id, ports.correlationId);
      entries += await wakeEntries(ports, tournament);
      attempt.progress(++done / live.length);
    });
    if (attempt.signal.aborted)
      return { kind: "retry", code: "task.soft_limit", message: "The task passed its soft time limit." };
    return { kind: "success", result: { tournaments: live.length, entries, failed } };
  },
});
