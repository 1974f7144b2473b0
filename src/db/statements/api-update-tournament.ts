/** Changes an upcoming tournament whole; and, in any state, what isn't part of its rules. */
import type { Query } from "../query.ts";
import type { TournamentSettings } from "./api-insert-tournament.ts";

// The hash that was read guards against a second change between the read and this write.
const UPDATE = `
with t as (
  update tournaments set name = $3, candle_source_id = $4, symbols = array(select jsonb_array_elements_text($5::jsonb)),
    interval_seconds = $6, starts_at = $7, ends_at = $8, starting_cash = $9, rules = $10::jsonb, rules_hash = $11,
    prize_pool = $12
  where id = $1 and status = 'upcoming' and rules_hash = $2
  returning id, starting_cash),
funded as (
  update entries e set cash = t.starting_cash, version = e.version + 1 from t
  where e.tournament_id = t.id and e.cash <> t.starting_cash)
select id from t`;

/** False when the tournament isn't upcoming any more or changed since `readHash` was read. */
export async function updateTournament(
  query: Query,
  id: string,
  readHash: string,
  settings: TournamentSettings,
): Promise<boolean> {
  const rows = await query(UPDATE, [
    id,
    readHash,
    settings.name,
    settings.candleSourceId,
    JSON.stringify(settings.symbols),
    settings.intervalSeconds,
    settings.startsAt,
    settings.endsAt,
    settings.startingCash,
    JSON.stringify(settings.rules),
    settings.rulesHash,
    settings.prizePool,
  ]);
  return rows.length > 0;
}

/** Null leaves a field as it is. */
export async function relabelTournament(
  query: Query,
  id: string,
  name: string | null,
  prizePool: string | null,
): Promise<void> {
  await query(
    `update tournaments set name = coalesce($2, name), prize_pool = coalesce($3::numeric, prize_pool) where id = $1`,
    [id, name, prizePool],
  );
}
