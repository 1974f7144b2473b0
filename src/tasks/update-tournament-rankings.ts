/** Marks the entries of live tournaments at the last prices and writes the standings that changed. */
import { z } from "zod";
import { finalCodes } from "../core/tasks/retry.ts";
import { liveTournaments } from "../db/statements/tournaments/live.ts";
import { updateStandings } from "../db/statements/tournaments/update-standings.ts";
import { forEachItem } from "../engine/for-each.ts";
import { defineTask } from "./define.ts";

export const updateTournamentRankings = defineTask({
  name: "update_tournament_rankings",
  description: "Updates agents' rankings at the last prices.",
  returns: "`tournaments`, `changed` standings, `failed`.",
  queue: "agents",
  args: z.object({}).strict(),
  result: z.object({ tournaments: z.number().int(), changed: z.number().int(), failed: z.number().int() }),
  // The next run comes in 30 s, so a retry would gain nothing.
  retry: { retries: 1, baseSeconds: 5, factor: 2, capSeconds: 5, jitterFraction: 0, never: finalCodes() },
  softLimitSeconds: 60,
  hardLimitSeconds: 120,
  async run(_args, ports) {
    const live = await liveTournaments(ports.query);
    let changed = 0;
    const failed = await forEachItem(ports, live, async ({ id }) => {
      changed += await updateStandings(ports.query, id);
    });
    return { kind: "success", result: { tournaments: live.length, changed, failed } };
  },
});
