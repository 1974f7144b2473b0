/** Records rounds that nobody could decide in: each with its reason, none run late in a burst. */
import type { Query } from "../../query.ts";
import type { UnusableReason } from "./end-unusable.ts";

// A round due in a pause is 'paused', one due before the start 'not_started', any other takes the caller's reason.
const SKIP = `
with t as (
  select id, starts_at, interval_seconds, started_at, paused_at, resumed_at
  from tournaments where id = $1 and status = 'live' for no key update),
missed as (
  select t.id, n, t.starts_at + n * make_interval(secs => t.interval_seconds) as due, t.started_at, t.paused_at, t.resumed_at
  from t, generate_series($2::int, $3::int) n
  where coalesce((select max(number) from rounds where tournament_id = t.id), -1) = $2::int - 1
    and not exists (select from rounds where tournament_id = t.id and state in ('open', 'closed', 'quoted')))
insert into rounds (id, tournament_id, number, state, due_at, deadline_at, skip_reason)
select gen_random_uuid(), id, n, 'skipped', due, due,
  case when due < started_at then 'not_started'
       when due >= paused_at and due <= coalesce(resumed_at, 'infinity') then 'paused'
       else $4 end
from missed on conflict do nothing returning number`;

/**
 * Skips rounds `from` to `to`, both included, and says how many that were: none unless `from` is the next number and no
 * round is active.
 */
export async function skipRounds(
  query: Query,
  tournamentId: string,
  from: number,
  to: number,
  reason: "outage" | "late" | "no_candles" | UnusableReason,
): Promise<number> {
  return (await query(SKIP, [tournamentId, from, to, reason])).length;
}
