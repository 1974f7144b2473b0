/** Arms the loops of a live tournament's entries, where an alarm is missing or past. */
import { jitterSpanMs } from "../core/phases.ts";
import { activeEntryIds } from "../db/statements/entry-ids.ts";
import type { LiveTournament } from "../db/statements/tournament-live.ts";
import type { RoundPorts } from "./ports.ts";
import { chunk } from "./send.ts";

const PAGE = 1000;
/** Object calls at once. */
const ABREAST = 50;

/** How many entries were poked. A replay's have no loop: its Arena sends. */
export async function pokeEntries(
  ports: Pick<RoundPorts, "query" | "agent">,
  tournament: LiveTournament,
): Promise<number> {
  if (tournament.market === "replay") return 0;
  let count = 0;
  for (let after: string | null = null; ; ) {
    const ids: string[] = await activeEntryIds(ports.query, tournament.id, after, PAGE);
    for (const some of chunk(ids, ABREAST)) {
      await Promise.all(
        some.map((entryId) =>
          ports.agent(entryId).poke({
            tournamentId: tournament.id,
            entryId,
            startsAt: tournament.starts_ms,
            endsAt: tournament.ends_ms,
            intervalSeconds: tournament.interval_seconds,
            jitterMs: jitterSpanMs(tournament.interval_seconds, ids.length),
          }),
        ),
      );
    }
    count += ids.length;
    after = ids.at(-1) ?? null;
    if (ids.length < PAGE) return count;
  }
}
