/** Whether one entry is stale by its object's own rule: owed, and silent for more than two intervals. */
import { limits } from "../../../core/limits.ts";
import type { Query } from "../../query.ts";
import { taskOf } from "../tasks/of-key.ts";
import { UNPAUSED_AT } from "./stale.ts";

// Silence is defined as in stale.ts. Where more than a fifth of the entries, and more than one, missed the last settled round,
// the outage is ours and nobody is recovered.
const SILENT = `
select e.agent_id
from entries e
join tournaments t on t.id = e.tournament_id and t.status = 'live'
join rounds r on r.tournament_id = t.id and r.state = 'open' and e.first_round <= r.number
  and (e.last_round is null or e.last_round >= r.number)
join lateral (select id, participants from rounds where tournament_id = t.id and state = 'settled' order by number desc limit 1) last on true
where e.id = $1 and e.status = 'active' and e.kind <> 'outside' and e.halted_at is null
  and not exists (select from decisions d where d.round_id = r.id and d.entry_id = e.id)
  and greatest(coalesce((select max(decided_at) from decisions d where d.entry_id = e.id), greatest(e.joined_at, t.started_at)), t.resumed_at, ${UNPAUSED_AT},
      (select max(restored_at) from recoveries v where v.entry_id = e.id and v.cause in ('operator', 'stale', 'alarm')))
      < agonus_now() - make_interval(secs => 2 * t.interval_seconds)
  and not exists (select from ${taskOf("agonus_decision_key(r.id, e.id)")} x where x.attempt > 0 or x.state <> 'PENDING')
  and last.participants - (select count(*) from decisions d where d.round_id = last.id) <= greatest(1, ${limits.staleShareMax} * last.participants)`;

/** The agent's id when it is silent and owes a decision; null when all is well. */
export async function findSilentEntry(query: Query, entryId: string): Promise<string | null> {
  const [row] = await query<{ agent_id: string }>(SILENT, [entryId]);
  return row?.agent_id ?? null;
}
