/** Deletes practices that ended more than a day ago, with all that hangs on them. */
import type { Query } from "../../query.ts";
import { countPractices } from "./qualification.ts";

const OLD = `
select id, practice_of from tournaments
where practice_of is not null and status in ('upcoming', 'completed', 'cancelled')
  and coalesce(ended_at, created_at) < agonus_now() - interval '1 day'
order by id limit $1`;

// Foreign keys are checked when the statement ends.
const DELETE = `
with t as materialized (select id, candle_source_id from tournaments where id = any($1::uuid[])),
e as materialized (select id, agent_id from entries where tournament_id in (select id from t)),
r as materialized (select id from rounds where tournament_id in (select id from t)),
d1 as (delete from decision_details where round_id in (select id from r)),
d2 as (delete from orders where round_id in (select id from r)),
d3 as (delete from trades where round_id in (select id from r)),
d4 as (delete from lots where entry_id in (select id from e)),
d5 as (delete from positions where entry_id in (select id from e)),
d6 as (delete from standings where entry_id in (select id from e)),
d7 as (delete from memories where entry_id in (select id from e)),
d8 as (delete from equity_points where tournament_id in (select id from t)),
d9 as (delete from quotes where round_id in (select id from r)),
d10 as (delete from snapshots where round_id in (select id from r)),
d11 as (delete from decisions where round_id in (select id from r)),
d12 as (delete from recoveries where entry_id in (select id from e)),
d13 as (delete from tournament_checks where tournament_id in (select id from t)),
d14 as (delete from model_steps where round_id in (select id from r)),
d15 as (delete from model_accounts where entry_id in (select id from e)),
d16 as (delete from tasks where tournament_id in (select id from t)),
d17 as (delete from rounds where id in (select id from r)),
d18 as (delete from entries where id in (select id from e)),
d19 as (delete from agents where practice and id in (select agent_id from e)),
d20 as (delete from candle_sources s where s.kind = 'synthetic' and s.id in (select candle_source_id from t)
  and not exists (select from tournaments o where o.candle_source_id = s.id and o.id not in (select id from t)))
delete from tournaments where id in (select id from t)`;

/** How many it deleted, at most `most`. What they showed of their agents is kept first. */
export async function deleteOldPractices(query: Query, most: number): Promise<number> {
  const old = await query<{ id: string; practice_of: string }>(OLD, [most]);
  if (old.length === 0) return 0;
  await countPractices(query, [...new Set(old.map((row) => row.practice_of))]);
  await query(DELETE, [old.map(({ id }) => id)]);
  return old.length;
}
