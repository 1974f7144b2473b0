/** Starts tournaments whose time has come and has every live one look at what is due; the last round ends one. */
import { z } from "zod";
import { limits } from "../core/limits.ts";
import { defaultRetry } from "../core/retry.ts";
import { startDueTournaments, unfinishedTournaments } from "../db/statements/tournament-live.ts";
import { defineTask } from "./define.ts";
import { each } from "./each.ts";

export const checkTournamentTransitions = defineTask({
  name: "check_tournament_transitions",
  description: "Starts and ends tournaments by their dates, and advances the live ones.",
  returns:
    "`started`: the tournaments that it started, `advanced`: how many looked at what is due, `failed`: how many couldn't.",
  queue: "agents",
  args: z.object({}).strict(),
  result: z.object({ started: z.array(z.uuid()), advanced: z.number().int(), failed: z.number().int() }),
  retry: defaultRetry,
  softLimitSeconds: limits.softLimitSeconds,
  hardLimitSeconds: limits.hardLimitSeconds,
  async run(_args, ports) {
    const started = await startDueTournaments(ports.query);
    for (const id of started) ports.log({ event: "tournament", tournament_id: id, status: "live", by: ports.by });
    const unfinished = await unfinishedTournaments(ports.query);
    const failed = await each(ports, unfinished, (id) => ports.wakeArena(id));
    return { kind: "success", result: { started, advanced: unfinished.length - failed, failed } };
  },
});
