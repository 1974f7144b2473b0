/** Arms the loops of a live tournament's entries, where an alarm is missing or past. */
import { chunk } from "../core/chunk.ts";
import { limits } from "../core/limits.ts";
import { hasLoops, isReplay, jitterSpanMs } from "../core/phases.ts";
import { activeEntries } from "../db/statements/entries/ids.ts";
import type { LiveTournament } from "../db/statements/tournaments/live.ts";
import { describeError } from "../log.ts";
import type { RoundPorts } from "./ports.ts";

/** Object calls at once. */
const CALLS_AT_ONCE = 50;

/**
 * Wakes the objects of a tournament's entries that have a loop, and returns how many it woke. In a replay and in a large field
 * no entry has a loop, because the Arena sends the decisions. An agent that answers later has none either, because its round
 * makes its task.
 */
export async function wakeEntries(
  ports: Pick<RoundPorts, "query" | "agent" | "log">,
  tournament: LiveTournament,
): Promise<number> {
  if (isReplay(tournament.market)) return 0;
  const all = await activeEntries(ports.query, tournament.id, limits.loopsMax + 1);
  if (!hasLoops(tournament.market, all.length)) return 0;
  const jitterMs = jitterSpanMs(tournament.interval_seconds, all.length);
  const house = all.filter((entry) => entry.is_house);
  for (const some of chunk(house, CALLS_AT_ONCE)) {
    await Promise.all(
      some.map(async ({ id: entryId }) => {
        try {
          await ports.agent(entryId).wake({
            tournamentId: tournament.id,
            entryId,
            startsAt: tournament.starts_ms,
            endsAt: tournament.ends_ms,
            intervalSeconds: tournament.interval_seconds,
            jitterMs,
          });
        } catch (error) {
          // The others are armed all the same; this one is woken again with the next tick, and its round sends for it.
          ports.log({ event: "fault", where: "entries.wake", ...describeError(error) });
        }
      }),
    );
  }
  return house.length;
}
