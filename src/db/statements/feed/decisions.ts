/** A round's decisions for the live feed: those with orders first, with shortened reasoning. An open round has none. */
import type { Query } from "../../query.ts";
import { type DecisionRow, ORDERS_OF_DECISION } from "../decisions/of-round.ts";

export type FeedDecision = DecisionRow & { reasoning_cut: boolean };

const DECISIONS = `
with first as (
  select d.round_id, d.entry_id, d.outcome, d.decided_at, e.agent_id, e.agent_name
  from decisions d join entries e on e.id = d.entry_id
  where d.round_id = $1 and exists (select from rounds r where r.id = $1 and r.state <> 'open')
  order by d.outcome = 'made' desc, e.agent_name limit $2)
select d.entry_id, d.agent_id, d.agent_name as agent, d.outcome, left(x.reasoning, $3) as reasoning,
  coalesce(length(x.reasoning) > $3, false) as reasoning_cut, x.confidence, d.decided_at, coalesce(o.orders, '[]') as orders
from first d
left join decision_details x on x.round_id = d.round_id and x.entry_id = d.entry_id
${ORDERS_OF_DECISION}
order by d.outcome = 'made' desc, d.agent_name`;

export async function readFeedDecisions(
  query: Query,
  roundId: string,
  limit: number,
  reasoningChars: number,
): Promise<FeedDecision[]> {
  return query<FeedDecision>(DECISIONS, [roundId, limit, reasoningChars]);
}
