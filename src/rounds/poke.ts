/** Arms the loops of a live tournament's entries, where an alarm is missing or past. */
import { chunk } from "../core/chunk.ts";
import { limits } from "../core/limits.ts";
import { hasLoops, isReplay, jitterSpanMs } from "../core/phases.ts";
import { activeEntryIds } from "../db/statements/entry-ids.ts";
import type { LiveTournament } from "../db/statements/tournament-live.ts";
import { describeError } from "../log.ts";
import type { RoundPorts } from "./ports.ts";

/** Object calls at once. */
const ABREAST = 50;

/** How many entries were poked. Those of a replay, or of a large field, have no loop: the Arena sends. */
export async function pokeEntries(
  ports: Pick<RoundPorts, "query" | "agent" | "log">,
  tournament: LiveTournament,
): Promise<number> {
  if (isReplay(tournament.market)) return 0;
  const all = await activeEntryIds(ports.query, tournament.id, limits.loopsMax + 1);
  if (!hasLoops(tournament.market, all.length)) return 0;
  const jitterMs = jitterSpanMs(tournament.interval_seconds, all.length);
  for (const some of chunk(all, ABREAST)) {
    await Promise.all(
      some.map(async (entryId) => {
        try {
          await ports.agent(entryId).poke({
            tournamentId: tournament.id,
            entryId,
            startsAt: tournament.starts_ms,
            endsAt: tournament.ends_ms,
            intervalSeconds: tournament.interval_seconds,
            jitterMs,
          });
        } catch (error) {
          // The others are armed all the same; this one is poked again with the next tick, and its round sends for it.
          ports.log({ event: "fault", where: "poke", ...describeError(error) });
        }
      }),
    );
  }
  return all.length;
}
