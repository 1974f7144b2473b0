/** What entries decided, newest round first, by entry within a round: of closed rounds, and for the key of the open one. */
import type { Query } from "../query.ts";
import { ORDERS_OF_DECISION, type OrderItem } from "./api-round-decisions.ts";

export type LogRow = {
  round: number;
  due_at: string;
  entry_id: string;
  agent_id: string;
  agent: string;
  outcome: "made" | "held";
  reasoning: string | null;
  confidence: number | null;
  decided_at: string;
  orders: OrderItem[];
};

// Rounds come backwards along their numbers, decisions of each along the primary key.
const LOG = `
with log as (
  select r.number as round, r.due_at, d.round_id, d.entry_id, d.outcome, d.decided_at
  from rounds r join decisions d on d.round_id = r.id
  where r.tournament_id = $1 and ($2::uuid is null or d.entry_id = $2) and (r.state <> 'open' or $3)
    and r.number <= $4 and (r.number < $4 or d.entry_id > $5)
  order by r.number desc, d.entry_id limit $6)
select d.round, d.due_at, d.entry_id, e.agent_id, e.agent_name as agent, d.outcome, x.reasoning, x.confidence, d.decided_at,
  coalesce(o.orders, '[]') as orders
from log d join entries e on e.id = d.entry_id
left join decision_details x on x.round_id = d.round_id and x.entry_id = d.entry_id
${ORDERS_OF_DECISION}
order by d.round desc, d.entry_id`;

const FIRST = [2_147_483_647, "00000000-0000-0000-0000-000000000000"] as const;

export interface LogFilter {
  readonly tournamentId: string;
  readonly entryId: string | null;
  /** Also of the open round. */
  readonly open: boolean;
  /** Round and entry of the last item that was given out. */
  readonly after: readonly [number, string] | null;
  readonly limit: number;
}

export async function readDecisionLog(query: Query, filter: LogFilter): Promise<LogRow[]> {
  const [round, entry] = filter.after ?? FIRST;
  return query<LogRow>(LOG, [filter.tournamentId, filter.entryId, filter.open, round, entry, filter.limit]);
}
