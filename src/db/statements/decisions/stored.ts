/** One stored decision with its orders, as the result of a manual run that came second. */
import type { Query } from "../../query.ts";

const STORED = `
select r.number as round, d.outcome, x.reasoning,
  coalesce((select jsonb_agg(jsonb_build_object('seq', o.seq, 'side', o.side, 'symbol', o.symbol,
    'amount', trim_scale(o.amount)::text, 'state', o.state, 'code', o.code) order by o.seq)
    from orders o where o.round_id = d.round_id and o.entry_id = d.entry_id), '[]') as orders
from decisions d join rounds r on r.id = d.round_id
left join decision_details x on x.round_id = d.round_id and x.entry_id = d.entry_id
where d.round_id = $1 and d.entry_id = $2`;

export interface StoredDecision {
  readonly round: number;
  readonly outcome: "made" | "held";
  readonly reasoning: string | null;
  readonly orders: { seq: number; side: string; symbol: string; amount: string; state: string; code: string | null }[];
}

export async function readStoredDecision(
  query: Query,
  roundId: string,
  entryId: string,
): Promise<StoredDecision | null> {
  const [row] = await query<StoredDecision & Record<string, unknown>>(STORED, [roundId, entryId]);
  return row ?? null;
}
