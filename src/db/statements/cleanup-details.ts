/** Retention of what agents said: the details of a round's decisions go together, and the round's row says that they went. */
import type { Query } from "../query.ts";

// Oldest first, as many rounds as hold about $2 decisions, and at least one. What was cancelled midway was never settled.
const DROP = `
with picked as (
  select id from (
    select id, sum(participants) over (order by over_at, id) - participants as before from (
      select id, coalesce(settled_at, closed_at, opened_at) as over_at, participants from rounds
      where details_dropped_at is null and (state = 'settled' or skip_reason = 'cancelled')
        and coalesce(settled_at, closed_at, opened_at) < agonus_now() - make_interval(hours => $1::int)
      order by 2 limit 500) old) summed
  where before < $2::int),
gone as (delete from decision_details where round_id in (select id from picked) returning 1),
told as (
  update rounds set details_dropped_at = agonus_now() where id in (select id from picked) and details_dropped_at is null returning 1)
select (select count(*) from told) as rounds, (select count(*) from gone) as details`;

/** Of rounds that have been over for so long. `rounds` is 0 when none is left. */
export async function dropDetails(
  query: Query,
  hours: number,
  rowsMax: number,
): Promise<{ rounds: number; details: number }> {
  const [row] = await query<{ rounds: number; details: number }>(DROP, [hours, rowsMax]);
  return row ?? { rounds: 0, details: 0 };
}
