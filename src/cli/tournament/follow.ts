/** Waits for a tournament to end, and tells how far it is. */
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { errorCodes, isErrorCode } from "../../core/error-codes.ts";
import type { Query } from "../../db/query.ts";

const POLL_MS = 250;
/** The local stack restarts a database that died. A look that fails within this time is tried again. */
const OUTAGE_MS = 60_000;
const SILENT_MS = 60_000;

const lookSchema = z.object({
  status: z.string(),
  settled: z.number(),
  decisions: z.number(),
  active: z.string().nullable(),
  ended_reason: z.string().nullable(),
});
export type Look = z.infer<typeof lookSchema>;

export interface FollowOptions {
  readonly query: Query;
  readonly tournamentId: string;
  readonly signal: AbortSignal;
  /** Wall clock in ms. */
  readonly now: () => number;
  readonly onLook: (look: Look) => void;
  /** Something that a user should know, as a sentence. */
  readonly onNote: (sentence: string) => void;
}

/** How it ended: its status is 'completed' or 'cancelled'. Throws when aborted, or after a minute without a database. */
export async function followTournament(options: FollowOptions): Promise<Look> {
  const { query, tournamentId, signal, now, onLook, onNote } = options;
  let reachedAt = now();
  let movedAt = now();
  let last = "";
  for (;;) {
    signal.throwIfAborted();
    const look = await lookAt(query, tournamentId).catch((error: unknown) => {
      if (now() - reachedAt > OUTAGE_MS) throw error;
      return null;
    });
    if (look !== null) {
      reachedAt = now();
      onLook(look);
      if (look.status === "completed" || look.status === "cancelled") return look;
      const place = JSON.stringify([look.settled, look.active, look.decisions]);
      if (place !== last) movedAt = now();
      last = place;
      if (now() - movedAt > SILENT_MS) {
        movedAt = now();
        onNote(
          `Nothing has moved for a minute: ${look.active ?? `no round is open and the tournament is ${look.status}`}.`,
        );
      }
    }
    await sleep(POLL_MS, undefined, { signal });
  }
}

/** Why a tournament that didn't complete has no result: null where it has one. */
export function shortfallOf(tournamentId: string, { status, settled, ended_reason: code }: Look): string | null {
  if (status === "completed") return null;
  const why = isErrorCode(code) ? ` ${errorCodes[code].sentence} (${code})` : "";
  return `The tournament ${tournamentId} was ${status} after ${settled} ${settled === 1 ? "round" : "rounds"}, before its last one.${why}`;
}

export async function lookAt(query: Query, tournamentId: string): Promise<Look> {
  // Decisions are counted by finished rounds, whose participants all decided or missed. So no history is scanned.
  const rows = await query(
    `select t.status, t.ended_reason,
            coalesce((select r.number + 1 from rounds r where r.tournament_id = t.id and r.state in ('settled', 'skipped')
                       order by r.number desc limit 1), 0) as settled,
            coalesce((select sum(r.participants)::int from rounds r where r.tournament_id = t.id), 0) as decisions,
            (select 'round ' || r.number || ' is ' || r.state from rounds r
              where r.tournament_id = t.id and r.state in ('open', 'closed', 'quoted') limit 1) as active
       from tournaments t where t.id = $1`,
    [tournamentId],
  );
  return lookSchema.parse(rows[0]);
}
