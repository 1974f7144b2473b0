/** Has a tournament's Arena look at once. A failure is no failure of the request: the one-minute cron looks as well. */
import { describeError } from "../log.ts";
import type { HttpDeps } from "./deps.ts";

export async function wake(deps: HttpDeps, tournamentId: string): Promise<void> {
  try {
    await deps.wakeArena(tournamentId);
  } catch (error) {
    deps.log({ event: "fault", where: "wake arena", ...describeError(error), correlation_id: deps.correlationId });
  }
}
