/** Wakes a tournament's Arena. A failure does not fail the request: the one-minute cron looks at what is due as well. */
import { describeError } from "../log.ts";
import type { HttpDeps } from "./deps.ts";

export async function wake(deps: HttpDeps, tournamentId: string): Promise<void> {
  try {
    await deps.wakeArena(tournamentId);
  } catch (error) {
    deps.log({ event: "fault", where: "wake arena", ...describeError(error), correlation_id: deps.correlationId });
  }
}
