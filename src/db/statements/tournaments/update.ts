/** Changes an upcoming tournament whole; and, in any state, what isn't part of its rules. */
import type { Query } from "../../query.ts";
import { FILES_TAKEN, settingsParams, type TournamentSettings } from "./insert.ts";

// The hash that was read guards against a second change between the read and this write. Entries copy the starting cash when
// they join: agonus_fund_entries sees those whose join this statement waited for, too. No version rises: nothing has been
// decided upon the old cash.
const UPDATE = `
with ${FILES_TAKEN},
t as (
  update tournaments set name = $3, candle_source_id = $4, symbols = array(select jsonb_array_elements_text($5::jsonb)),
    interval_seconds = $6::int, starts_at = $7::timestamptz, ends_at = $8::timestamptz, starting_cash = $9, rules = $10::jsonb, rules_hash = $11,
    prize_pool = $12
  where id = $1 and status = 'upcoming' and rules_hash = $2 and exists (select from usable)
  returning id, starting_cash)
select id, agonus_fund_entries(id, starting_cash) as funded from t`;

/** False when the tournament isn't upcoming any more, or when it or its candles changed since they were read. */
export async function updateTournament(
  query: Query,
  id: string,
  readHash: string,
  settings: TournamentSettings,
): Promise<boolean> {
  const rows = await query(UPDATE, [id, readHash, ...settingsParams(settings)]);
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
