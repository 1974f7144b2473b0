/** Starts tournaments whose time has come, and lets every live one look at what is due. The last round ends a tournament. */
import { z } from "zod";
import { limits } from "../core/limits.ts";
import { defaultRetry } from "../core/tasks/retry.ts";
import { uncheckedTournaments } from "../db/statements/tournaments/checks.ts";
import { startDueTournaments, unfinishedTournaments } from "../db/statements/tournaments/live.ts";
import { forEachItem } from "../engine/for-each.ts";
import { defineTask } from "./define.ts";

/** Finished tournaments whose result is checked after one run. */
const CHECKS_A_RUN = 5;

export const checkTournamentTransitions = defineTask({
  name: "check_tournament_transitions",
  description:
    "Starts and ends tournaments by their dates, advances the live ones, and has the results of finished ones checked.",
  returns:
    "`started`: the ids of the first 250 tournaments that it started, `started_count`: the number of all that it started, `advanced`: the number of unfinished tournaments that it advanced, `failed`: the number that failed.",
  queue: "agents",
  args: z.object({}).strict(),
  result: z.object({
    started: z.array(z.uuid()).max(limits.resultIdsMax),
    started_count: z.number().int(),
    advanced: z.number().int(),
    failed: z.number().int(),
  }),
  retry: defaultRetry,
  softLimitSeconds: limits.softLimitSeconds,
  hardLimitSeconds: limits.hardLimitSeconds,
  async run(_args, ports) {
    const started = await startDueTournaments(ports.query);
    for (const id of started) ports.log({ event: "tournament", tournament_id: id, status: "live", by: ports.by });
    const unfinished = await unfinishedTournaments(ports.query);
    const failed = await forEachItem(ports, unfinished, (id) => ports.wakeArena(id, ports.correlationId));
    for (const tournament_id of await uncheckedTournaments(ports.query, CHECKS_A_RUN)) {
      await ports.enqueue("check_tournament_result", { tournament_id });
    }
    return {
      kind: "success",
      result: {
        started: started.slice(0, limits.resultIdsMax),
        started_count: started.length,
        advanced: unfinished.length - failed,
        failed,
      },
    };
  },
});
