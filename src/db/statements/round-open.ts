/** Opens a round and freezes its snapshot and participants, in one statement: both are there or neither. */
import type { Query } from "../query.ts";

export interface Opening {
  readonly roundId: string;
  readonly tournamentId: string;
  readonly number: number;
  /** Epoch milliseconds. */
  readonly dueMs: number;
  /** Null: never, a replay. */
  readonly deadlineMs: number | null;
  readonly snapshotHash: string;
  readonly snapshotCandles: Readonly<Record<string, unknown>>;
}

// The tournament's row is locked against joining entries, so that the count of participants stays true. Every unique
// index (number, one active round) makes the loser of a race a no-op.
const OPEN = `
with t as (
  select id from tournaments where id = $2 and status = 'live' for no key update),
fits as (
  select t.id from t
  where coalesce((select max(number) from rounds where tournament_id = t.id), -1) = $3::int - 1
    and not exists (select from rounds where tournament_id = t.id and state in ('open', 'closed', 'quoted'))
    and ($5::float8 is null or agonus_now() < to_timestamp($5::float8 / 1000))),
opened as (
  insert into rounds (id, tournament_id, number, state, due_at, deadline_at, participants, opened_at)
  select $1, fits.id, $3, 'open', to_timestamp($4::float8 / 1000),
    coalesce(to_timestamp($5::float8 / 1000), 'infinity'),
    agonus_participants(fits.id, $3),
    agonus_now()
  from fits on conflict do nothing returning id, participants),
frozen as (
  insert into snapshots (round_id, hash, candles) select id, $6, $7::jsonb from opened)
select id as round_id, participants from opened`;

/** What was opened; null when another was first or the state no longer allows it. */
export interface Opened {
  readonly round_id: string;
  readonly participants: number;
}

export async function openRound(query: Query, o: Opening): Promise<Opened | null> {
  const [row] = await query<Opened & Record<string, unknown>>(OPEN, [
    o.roundId,
    o.tournamentId,
    o.number,
    o.dueMs,
    o.deadlineMs,
    o.snapshotHash,
    JSON.stringify(o.snapshotCandles),
  ]);
  return row ?? null;
}
