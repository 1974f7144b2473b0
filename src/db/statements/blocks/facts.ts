/** Whether the next rounds of a replay can be played as a block, and with whom. */
import type { Query } from "../../query.ts";

export interface BlockFacts {
  /** Its participants, sorted: the entries of every round of the block. */
  readonly entry_ids: string[];
  /** Somebody takes part whom a round has to wait for: an agent that is not ours, or one that thinks. */
  readonly waits_for_others: boolean;
  /** Work of this tournament is under way, an operator paused a queue, or an entry begins or ends within the block. */
  readonly is_busy: boolean;
}

const FACTS = `
with there as (
  select e.* from entries e where e.tournament_id = $1 and e.status = 'active'
    and e.first_round <= $3::int and (e.last_round is null or e.last_round >= $2::int))
select (select coalesce(jsonb_agg(id order by id), '[]') from there) as entry_ids,
  exists (select from there where kind <> 'house' or thinking_seconds is not null) as waits_for_others,
  (exists (select from there where first_round > $2::int or last_round < $3::int)
    or exists (select from queue_controls where queue in ('agents', 'trading') and paused_at is not null)
    or exists (select from tasks where state in ('PENDING', 'STARTED', 'RETRY') and tournament_id = $1)) as is_busy`;

/** Whether the rounds `first` to `last` can be one block, and who plays in them. */
export async function readBlockFacts(
  query: Query,
  tournamentId: string,
  first: number,
  last: number,
): Promise<BlockFacts> {
  const [row] = await query<BlockFacts & Record<string, unknown>>(FACTS, [tournamentId, first, last]);
  return row ?? { entry_ids: [], waits_for_others: false, is_busy: true };
}
