/** Marks the entries of live tournaments at the last prices and writes the standings that changed. */
import { z } from "zod";
import { finalCodes } from "../core/retry.ts";
import { updateStandings } from "../db/statements/standings-update.ts";
import { liveTournaments } from "../db/statements/tournament-live.ts";
import { defineTask } from "./define.ts";
import { each } from "./each.ts";

export const updateTournamentRankings = defineTask({
  name: "update_tournament_rankings",
  description: "Updates agents' rankings at the last prices.",
  returns: "`tournaments`, `changed` standings, `failed`.",
  queue: "agents",
  args: z.object({}).strict(),
  result: z.object({ tournaments: z.number().int(), changed: z.number().int(), failed: z.number().int() }),
  // The next one comes in 30 s: no retry would be worth more.
  retry: { retries: 1, baseSeconds: 5, factor: 2, capSeconds: 5, jitterFraction: 0, never: finalCodes() },
  softLimitSeconds: 60,
  hardLimitSeconds: 120,
  async run(_args, ports) {
    const live = await liveTournaments(ports.query);
    let changed = 0;
    const failed = await each(ports, live, async ({ id }) => {
      changed += await updateStandings(ports.query, id);
    });
    return { kind: "success", result: { tournaments: live.length, changed, failed } };
  },
});
