/** Which tournaments run, and the start of those whose time has come. */
import type { MarketName } from "../../../core/venue-names.ts";
import type { Query } from "../../query.ts";

export interface LiveTournament {
  readonly id: string;
  readonly market: MarketName;
  readonly interval_seconds: number;
  /** Epoch milliseconds. */
  readonly starts_ms: number;
  readonly ends_ms: number;
}

export async function liveTournaments(query: Query): Promise<LiveTournament[]> {
  return query<LiveTournament & Record<string, unknown>>(
    `select id, market, interval_seconds, agonus_ms(starts_at) as starts_ms, agonus_ms(ends_at) as ends_ms
     from tournaments where status = 'live' order by id`,
  );
}

/** Live ones, paused or cancelled ones whose last round is still on its way, and cancelled ones with orders to drop. */
export async function unfinishedTournaments(query: Query): Promise<string[]> {
  const rows = await query<{ id: string }>(
    `select t.id from tournaments t where t.status = 'live' or (t.status in ('paused', 'cancelled') and exists
       (select from rounds r where r.tournament_id = t.id and r.state in ('open', 'closed', 'quoted')))
       or (t.status = 'cancelled' and exists (select from orders o where o.state = 'open'
         and o.round_id = (select r.id from rounds r where r.tournament_id = t.id order by r.number desc limit 1)))
     order by t.id`,
  );
  return rows.map((row) => row.id);
}

/**
 * Live markets start by the clock once they have an entry (one whose whole span passed in an outage as well: its rounds
 * are recorded as skipped, and it ends); a replay, whose dates are past, starts by hand. `only` names
 * one tournament, which starts by its own alarm if it was made ahead of its time (one made for now is about to be started
 * by hand, and must not be live before that); null means all. The ids of those that this call started.
 */
export async function startDueTournaments(query: Query, only: string | null = null): Promise<string[]> {
  const rows = await query<{ id: string }>(
    // As a start by hand: locked first, and then asked for entries.
    `with due as (
       select id from tournaments t where status = 'upcoming' and market <> 'replay' /* guard late-start */ and starts_at <= agonus_now() /* end */
         and ($1::uuid is null or (t.id = $1 and t.created_at < t.starts_at - interval '1 second'))
         and exists (select from entries e where e.tournament_id = t.id)
       order by id for no key update)
     update tournaments t set status = 'live', started_at = agonus_now() from due d
     where t.id = d.id and agonus_has_entries(d.id) returning t.id`,
    [only],
  );
  return rows.map((row) => row.id);
}

export async function readTournament(query: Query, tournamentId: string): Promise<LiveTournament | null> {
  const [row] = await query<LiveTournament & Record<string, unknown>>(
    `select id, market, interval_seconds, agonus_ms(starts_at) as starts_ms, agonus_ms(ends_at) as ends_ms
     from tournaments where id = $1`,
    [tournamentId],
  );
  return row ?? null;
}
