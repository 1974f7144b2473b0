/** Stores a closed round's quote, once: the first one stays. */
import type { Quote } from "../../core/account.ts";
import type { Query } from "../query.ts";

const QUOTE = `
with moved as (
  update rounds set state = 'quoted', quoted_at = agonus_now() where id = $1 and state = 'closed' returning id)
insert into quotes (round_id, symbol, bid, ask, mid)
select moved.id, q.symbol, q.bid, q.ask, q.mid
from moved, jsonb_to_recordset($2::jsonb) as q(symbol text, bid numeric, ask numeric, mid numeric)`;

export async function quoteRound(query: Query, roundId: string, quote: Quote): Promise<void> {
  const rows = Object.entries(quote).map(([symbol, prices]) => ({ symbol, ...prices }));
  await query(QUOTE, [roundId, JSON.stringify(rows)]);
}
