/** Every live tournament advances, every entry's loop is armed again where its alarm died, what is owed is sent. */
import { z } from "zod";
import { limits } from "../core/limits.ts";
import { defaultRetry } from "../core/retry.ts";
import { liveTournaments } from "../db/statements/tournament-live.ts";
import { pokeEntries } from "../rounds/poke.ts";
import { defineTask } from "./define.ts";
import { each } from "./each.ts";

export const runAllLiveTournamentAgents = defineTask({
  name: "run_all_live_tournament_agents",
  description: "Runs all agents in live tournaments.",
  returns: "`tournaments`, `entries` whose loops were looked at, `failed`.",
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
    const failed = await each(ports, live, async (tournament) => {
      if (attempt.signal.aborted) return;
      await ports.wakeArena(tournament.id);
      entries += await pokeEntries(ports, tournament);
      attempt.progress(++done / live.length);
    });
    if (attempt.signal.aborted)
      return { kind: "retry", code: "task.soft_limit", message: "It passed its soft time limit." };
    return { kind: "success", result: { tournaments: live.length, entries, failed } };
  },
});
