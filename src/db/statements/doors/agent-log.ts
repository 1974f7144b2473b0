/** An agent's own log: by round, newest first, what was sent to it, what it answered, what was stored and what was filled. */
import type { Query } from "../../query.ts";

export type LogRow = {
  round: number;
  state: string;
  due_at: string;
  opened_at: string | null;
  deadline_at: string | null;
  snapshot_hash: string | null;
  /** Null while the round is open and undecided. */
  outcome: "made" | "held" | "missed" | null;
  reason: string | null;
  body: Record<string, unknown> | null;
  door: "rest" | "mcp" | "webhook" | null;
  decided_at: string | null;
  reasoning: string | null;
  confidence: number | null;
  orders: {
    side: "buy" | "sell";
    symbol: string;
    amount: string;
    confidence: number | null;
    refused: boolean;
    code: string | null;
    refused_at_fill: string | null;
  }[];
  fills: {
    side: "buy" | "sell";
    symbol: string;
    quantity: string;
    price: string;
    fee: string;
    cash_change: string;
    filled_at: string;
  }[];
};

const LOG = `
select r.number as round, r.state, r.due_at, r.opened_at, nullif(least(r.deadline_at, r.answers_until), 'infinity') as deadline_at,
  s.hash as snapshot_hash, coalesce(d.outcome, case when m.entry_id is not null then 'missed' end) as outcome, m.reason,
  x.body, x.door, d.decided_at, x.reasoning, x.confidence,
  coalesce((select jsonb_agg(jsonb_build_object('side', o.side, 'symbol', o.symbol, 'amount', trim_scale(o.amount)::text,
      'confidence', o.confidence, 'refused', o.refused_at is not distinct from 'decision',
      'code', case when o.refused_at = 'decision' then o.code end,
      'refused_at_fill', case when o.refused_at = 'fill' then o.code end) order by o.seq)
    from orders o where o.round_id = r.id and o.entry_id = e.id), '[]') as orders,
  coalesce((select jsonb_agg(jsonb_build_object('side', f.side, 'symbol', f.symbol, 'quantity', trim_scale(f.quantity)::text,
      'price', trim_scale(f.price)::text, 'fee', trim_scale(f.fee)::text,
      'cash_change', trim_scale(f.cash_change)::text, 'filled_at', f.filled_at) order by f.seq)
    from trades f where f.round_id = r.id and f.entry_id = e.id), '[]') as fills
from entries e
join rounds r on r.tournament_id = e.tournament_id and r.state <> 'skipped' and e.first_round <= r.number
  and (e.last_round is null or e.last_round >= r.number)
left join snapshots s on s.round_id = r.id
left join decisions d on d.round_id = r.id and d.entry_id = e.id
left join decision_details x on x.round_id = r.id and x.entry_id = e.id
left join missed_decisions m on m.round_id = r.id and m.entry_id = e.id and d.entry_id is null
where e.id = $1 and ($2::int is null or r.number < $2)
order by r.number desc limit $3`;

/** `before`: only rounds with a lower number. */
export async function readAgentLog(
  query: Query,
  entryId: string,
  before: number | null,
  limit: number,
): Promise<LogRow[]> {
  return query<LogRow>(LOG, [entryId, before, limit]);
}
