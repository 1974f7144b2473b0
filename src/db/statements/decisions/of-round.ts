/** What a round's entries decided, with their orders and fills, by agent name; and who missed it. */
import type { Query } from "../../query.ts";

export type OrderItem = {
  seq: number;
  side: "buy" | "sell";
  symbol: string;
  amount: string;
  confidence: number | null;
  state: "open" | "filled" | "refused" | "dropped";
  code: string | null;
  refused_at: "decision" | "fill" | null;
  fill: { quantity: string; price: string; fee: string; cash_change: string } | null;
};

export type DecisionRow = {
  entry_id: string;
  agent_id: string;
  agent: string;
  outcome: "made" | "held";
  reasoning: string | null;
  confidence: number | null;
  decided_at: string;
  orders: OrderItem[];
};

export type RoundDecision = DecisionRow & {
  /** How it came. "house": from a strategy of ours. Null after the retention of its details has ended. */
  door: "house" | "rest" | "mcp" | "webhook" | null;
};

/** With their fills, in the order given; `d` has the decision's round_id and entry_id. */
export const ORDERS_OF_DECISION = `
left join lateral (
  select jsonb_agg(jsonb_build_object('seq', o.seq, 'side', o.side, 'symbol', o.symbol,
    'amount', trim_scale(o.amount)::text, 'confidence', o.confidence, 'state', o.state, 'code', o.code,
    'refused_at', o.refused_at, 'fill', case when t.id is null then null else jsonb_build_object(
      'quantity', trim_scale(t.quantity)::text, 'price', trim_scale(t.price)::text, 'fee', trim_scale(t.fee)::text,
      'cash_change', trim_scale(t.cash_change)::text) end) order by o.seq) as orders
  from orders o left join trades t on t.round_id = o.round_id and t.entry_id = o.entry_id and t.seq = o.seq
  where o.round_id = d.round_id and o.entry_id = d.entry_id) o on true`;

const DECISIONS = `
select d.entry_id, e.agent_id, e.agent_name as agent, d.outcome, x.reasoning, x.confidence, d.decided_at,
  case when a.kind = 'house' then 'house' else x.door end as door, coalesce(o.orders, '[]') as orders
from decisions d
join entries e on e.id = d.entry_id
join agents a on a.id = e.agent_id
left join decision_details x on x.round_id = d.round_id and x.entry_id = d.entry_id
${ORDERS_OF_DECISION}
where d.round_id = $1 and ($2::uuid is null or e.agent_id = $2)
order by e.agent_name limit $3`;

/** `agentId` null: of all agents. */
export async function readRoundDecisions(
  query: Query,
  roundId: string,
  agentId: string | null,
  limit: number,
): Promise<RoundDecision[]> {
  return query<RoundDecision>(DECISIONS, [roundId, agentId, limit]);
}

export type MissRow = { entry_id: string; agent_id: string; agent: string; reason: string };

export async function readMissed(
  query: Query,
  roundId: string,
  agentId: string | null,
  limit: number,
): Promise<MissRow[]> {
  return query<MissRow>(
    `select m.entry_id, e.agent_id, e.agent_name as agent, m.reason
       from missed_decisions m join entries e on e.id = m.entry_id
      where m.round_id = $1 and ($2::uuid is null or e.agent_id = $2) order by e.agent_name limit $3`,
    [roundId, agentId, limit],
  );
}

export type OutcomeCounts = { made: number; held: number; missed: number };

export async function countOutcomes(query: Query, roundId: string): Promise<OutcomeCounts> {
  const [row] = await query<OutcomeCounts>(
    `select count(*) filter (where outcome = 'made')::int as made, count(*) filter (where outcome = 'held')::int as held,
       (select count(*)::int from missed_decisions where round_id = $1) as missed
      from decisions where round_id = $1`,
    [roundId],
  );
  return row ?? { made: 0, held: 0, missed: 0 };
}
