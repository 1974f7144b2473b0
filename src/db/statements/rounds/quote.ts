/**
 * Stores a closed round's quote, once: the first one stays. A quote at which an entry is worth more than its equity's
 * column can hold is not stored: fills only make it less, so any other can be settled.
 */
import type { Quote } from "../../../core/account.ts";
import { AMOUNT_BOUND } from "../../../core/column-bounds.ts";
import type { Query } from "../../query.ts";

const QUOTE = `
with r as (select id, tournament_id, number from rounds where id = $1 /* guard quote-state */ and state = 'closed' /* end */),
prices as (
  select q.symbol, q.bid, q.ask, q.mid, coalesce(q.filled, false) as filled, q.venue
  from jsonb_to_recordset($2::jsonb) as q(symbol text, bid numeric, ask numeric, mid numeric, filled boolean, venue text)),
too_much as (
  select e.id from r join entries e on e.tournament_id = r.tournament_id and e.first_round <= r.number
    and (e.last_round is null or e.last_round >= r.number)
  join positions p on p.entry_id = e.id join prices q on q.symbol = p.symbol
  group by e.id having e.cash + sum(p.quantity * q.mid) >= ${AMOUNT_BOUND} limit 1),
moved as (
  update rounds set state = 'quoted', quoted_at = agonus_now()
  where id = $1 /* guard quote-state */ and state = 'closed' /* end */ /* guard quote-worth */ and not exists (select from too_much) /* end */ returning id),
stored as (
  insert into quotes (round_id, symbol, bid, ask, mid, filled, venue)
  select moved.id, q.symbol, q.bid, q.ask, q.mid, q.filled, q.venue from moved, prices q)
select not exists (select from moved) as unusable,
  exists (select from orders o where o.round_id = $1 and o.state = 'open') as owes_fills
from (select from moved union all select from too_much) said`;

export interface Quoted {
  /** An entry's equity at it can't be stored, so nothing was. */
  readonly unusable: boolean;
  readonly owes_fills: boolean;
}

/** Null when another was first. */
export async function quoteRound(query: Query, roundId: string, quote: Quote): Promise<Quoted | null> {
  const rows = Object.entries(quote).map(([symbol, prices]) => ({ symbol, ...prices }));
  const [row] = await query<Quoted & Record<string, unknown>>(QUOTE, [roundId, JSON.stringify(rows)]);
  return row ?? null;
}
