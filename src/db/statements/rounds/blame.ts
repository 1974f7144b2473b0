/**
 * Counts a miss against agents whose own fault it is, and halts an entry at the fifth in a row. Common table expressions for a
 * statement that has `r`, the locked round with its tournament's market and interval_seconds, and `ended` with entry_id.
 */
import { limits } from "../../../core/limits.ts";

// A miss does not count where the queue was paused, the round opened late, or the platform was away meanwhile. Entries are locked
// in order of id, as whoever writes decisions or fills does.
export const BLAME = `
blamed as (
  select e.id from r join entries e on e.id in (select entry_id from ended)
  where r.state <> 'skipped' and r.away_ms = 0 and (r.market = 'replay' or r.opened_at < r.due_at + make_interval(secs => r.interval_seconds / 6.0))
    and not exists (select from queue_pauses p where p.queue = 'agents' and p.paused_at <= agonus_now()
      and coalesce(p.resumed_at, 'infinity') >= r.opened_at)
  order by e.id for no key update of e),
missed as (
  update entries e set misses = e.misses + 1,
    halted_at = case when e.misses + 1 >= ${limits.missesMax} then coalesce(e.halted_at, agonus_now()) else e.halted_at end
  from blamed b where e.id = b.id returning e.id, e.halted_at)`;
