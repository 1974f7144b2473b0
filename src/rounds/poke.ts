/** Arms the loops of a live tournament's entries, where an alarm is missing or past. */
import { chunk } from "../core/chunk.ts";
import { jitterSpanMs } from "../core/phases.ts";
import { activeEntryIds } from "../db/statements/entry-ids.ts";
import type { LiveTournament } from "../db/statements/tournament-live.ts";
import { describeError } from "../log.ts";
import type { RoundPorts } from "./ports.ts";

const PAGE = 1000;
/** Object calls at once. */
const ABREAST = 50;

/** How many entries were poked. A replay's have no loop: its Arena sends. */
export async function pokeEntries(
  ports: Pick<RoundPorts, "query" | "agent" | "log">,
  tournament: LiveTournament,
): Promise<number> {
  if (tournament.market === "replay") return 0;
  const all: string[] = [];
  for (let page: string[] | null = null; page === null || page.length === PAGE; all.push(...page)) {
    page = await activeEntryIds(ports.query, tournament.id, all.at(-1) ?? null, PAGE);
  }
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
