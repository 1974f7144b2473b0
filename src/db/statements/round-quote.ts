/** Stores a closed round's quote, once: the first one stays. Null when another was first. */
import type { Quote } from "../../core/account.ts";
import type { Query } from "../query.ts";

const QUOTE = `
with moved as (
  update rounds set state = 'quoted', quoted_at = agonus_now() where id = $1 and state = 'closed' returning id),
stored as (
  insert into quotes (round_id, symbol, bid, ask, mid)
  select moved.id, q.symbol, q.bid, q.ask, q.mid
  from moved, jsonb_to_recordset($2::jsonb) as q(symbol text, bid numeric, ask numeric, mid numeric))
select exists (select from orders o where o.round_id = $1 and o.state = 'open') as owes_fills from moved`;

export async function quoteRound(query: Query, roundId: string, quote: Quote): Promise<{ owes_fills: boolean } | null> {
  const rows = Object.entries(quote).map(([symbol, prices]) => ({ symbol, ...prices }));
  const [row] = await query<{ owes_fills: boolean }>(QUOTE, [roundId, JSON.stringify(rows)]);
  return row ?? null;
}
