/** Ends a round at whose prices nothing can be settled, and of a replay all of it: see rounds/unusable.ts. */
import type { Query } from "../../query.ts";
import { DROPPED, dropLateOrders } from "../tournaments/change-state.ts";

// An open round of a live tournament is left to its deadline: a decision that is being stored would come behind the drop.
const END = `
with t as (
  select id, market from tournaments where id = $1 and status in ('live', 'paused') for no key update),
ended as (
  update tournaments x set status = 'cancelled', ended_at = agonus_now(), ended_reason = $3
  from t where x.id = t.id and t.market = 'replay' and not exists (
    select from rounds r where r.tournament_id = t.id and r.number >= $2 and (r.number > $2 or r.state in ('settled', 'skipped')))
  returning x.id),
skipped as (
  update rounds r set state = 'skipped', skip_reason = $3 from t
  where r.tournament_id = t.id and r.number = $2
    and (r.state in ('closed', 'quoted') or (/* guard end-open */ t.market = 'replay' and /* end */ r.state = 'open')) returning r.id),
${DROPPED}
select exists (select from ended) as cancelled, exists (select from skipped) as skipped`;

export interface Ended {
  readonly cancelled: boolean;
  /** There was a round, and it is skipped; its open orders are dropped. */
  readonly skipped: boolean;
}

/** Why a round can't be settled at its market's prices. A venue's round is stale or doubtful. */
export type UnusableReason = "market.unusable" | "market.stale" | "market.doubtful";

export async function endUnusableRound(
  query: Query,
  tournamentId: string,
  number: number,
  reason: UnusableReason,
): Promise<Ended> {
  const [row] = await query<Ended & Record<string, unknown>>(END, [tournamentId, number, reason]);
  if (row?.cancelled) await dropLateOrders(query, tournamentId);
  return { cancelled: row?.cancelled === true, skipped: row?.skipped === true };
}
