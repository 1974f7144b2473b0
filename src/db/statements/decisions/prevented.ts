/**
 * Counts answers that came too late, twice or from a stale object and differed from the stored decision; and for the
 * recovery of an entry in that round whatever came late or again, the same or not.
 */
import type { Query } from "../../query.ts";

// Locked in order of id, as whoever writes decisions or fills does: an update's own order is its plan's.
const PREVENTED = `
with answers as (select * from jsonb_to_recordset($2::jsonb) as a(entry_id uuid, details_hash text)),
differing as (
  select e.id from answers a join decisions d on d.round_id = $1 and d.entry_id = a.entry_id
  join entries e on e.id = a.entry_id
  where d.details_hash <> a.details_hash order by e.id for no key update of e),
recovered as (
  select v.id from answers a join recoveries v on v.id = (
    select id from recoveries w where w.round_id = $1 and w.entry_id = a.entry_id order by id desc limit 1)
  join rounds r on r.id = $1
  where r.state <> 'open' or agonus_now() >= r.deadline_at
    or exists (select from decisions d where d.round_id = $1 and d.entry_id = a.entry_id)
  order by v.id for no key update of v),
refused as (
  update recoveries v set duplicates_prevented = v.duplicates_prevented + 1 from recovered c where v.id = c.id)
update entries e set prevented = prevented + 1 from differing where e.id = differing.id returning e.id`;

/** The entries whose answer differed. Not a change of account: their version stays. */
export async function countPrevented(
  query: Query,
  roundId: string,
  answers: readonly { readonly entry_id: string; readonly details_hash: string }[],
): Promise<string[]> {
  if (answers.length === 0) return [];
  const rows = await query<{ id: string }>(PREVENTED, [roundId, JSON.stringify(answers)]);
  return rows.map((row) => row.id);
}
