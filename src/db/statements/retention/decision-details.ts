/**
 * Retention of decision details (reasoning, confidence) and of the steps of models. A round's details are deleted together and its row is marked.
 */
import type { Query } from "../../query.ts";

// Takes the oldest rounds until they hold about $2 decisions, at least one round. A round that was given up midway has
// no settled_at.
const DROP = `
with picked as (
  select id from (
    select id, sum(participants) over (order by over_at, id) - participants as before from (
      select id, coalesce(settled_at, closed_at, opened_at) as over_at, participants from rounds
      where details_dropped_at is null and (state = 'settled' or skip_reason in ('cancelled', 'market.unusable', 'market.stale', 'market.doubtful'))
        and coalesce(settled_at, closed_at, opened_at) < agonus_now() - make_interval(hours => $1::int)
      order by 2 limit 500) old) summed
  where before < $2::int),
gone as (delete from decision_details where round_id in (select id from picked) returning 1),
steps as (delete from model_steps where round_id in (select id from picked)),
told as (
  update rounds set details_dropped_at = agonus_now() where id in (select id from picked) and details_dropped_at is null returning 1)
select (select count(*) from told) as rounds, (select count(*) from gone) as details`;

/** Deletes the details of rounds that ended more than `hours` ago. `rounds` is 0 when no such round is left. */
export async function dropDetails(
  query: Query,
  hours: number,
  rowsMax: number,
): Promise<{ rounds: number; details: number }> {
  const [row] = await query<{ rounds: number; details: number }>(DROP, [hours, rowsMax]);
  return row ?? { rounds: 0, details: 0 };
}
