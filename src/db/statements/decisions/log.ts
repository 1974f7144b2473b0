/**
 * What entries decided and what they missed, newest round first, by entry within a round: of closed rounds, and for the key
 * of the open one.
 */
import type { DecisionItem, LogItem, MissItem } from "../../../api/arena-answers.ts";
import type { Query } from "../../query.ts";
import { partOf } from "../../text-search.ts";
import { ORDERS_OF_DECISION } from "./of-round.ts";

const AGENTS_ONLY = "not exists (select from entries b where b.id = entry_id and b.baseline)";

// Rounds come backwards along their numbers; of each, at most a page of decisions along the primary key, and of misses.
const LOG = `
with log as (
  select r.id as round_id, r.number as round, r.due_at, x.*
  from rounds r cross join lateral (
    (select d.entry_id, d.outcome, d.decided_at, null as reason from decisions d
     where d.round_id = r.id and ($2::uuid is null or d.entry_id = $2) and (r.number < $4 or d.entry_id > $5)
       and case $7 when 'all' then true when 'orders' then d.outcome = 'made'
         when 'refused' then exists (
           select from orders o where o.round_id = d.round_id and o.entry_id = d.entry_id and o.state = 'refused')
         else false end
       and ($8 or ${AGENTS_ONLY})
       and ($10::text is null or exists (
         select from decision_details s where s.round_id = d.round_id and s.entry_id = d.entry_id and s.reasoning ilike $10))
     order by d.entry_id limit $6)
    union all
    (select m.entry_id, 'missed', null, m.reason from missed_decisions m
     where $7 in ('all', 'missed') and $10::text is null and m.round_id = r.id and ($2::uuid is null or m.entry_id = $2)
       and (r.number < $4 or m.entry_id > $5) and ($8 or ${AGENTS_ONLY})
     order by m.entry_id limit $6)) x
  where r.tournament_id = $1 and (r.state <> 'open' or $3) and r.number <= $4 and r.number > $4 - $9::int
  order by r.number desc, x.entry_id limit $6)
select d.round, d.due_at, d.entry_id, e.agent_id, e.agent_name as agent, d.outcome, d.reason, x.reasoning, x.confidence,
  d.decided_at, coalesce(o.orders, '[]') as orders
from log d join entries e on e.id = d.entry_id
left join decision_details x on x.round_id = d.round_id and x.entry_id = d.entry_id
${ORDERS_OF_DECISION}
order by d.round desc, d.entry_id`;

/** Before every entry. */
const NO_ENTRY = "00000000-0000-0000-0000-000000000000";
/**
 * What is looked for may be rare: one request looks through so many rounds. A page that ends before the first round has a cursor,
 * even if the page is not full.
 */
export const LOG_ROUNDS_MAX = 2_000;
/** Reasons are longer to read than outcomes. */
const SEARCHED_ROUNDS_MAX = 200;

/** So many rounds one request looks through. */
export function logRounds({ said }: Pick<LogFilter, "said">): number {
  return said === null ? LOG_ROUNDS_MAX : SEARCHED_ROUNDS_MAX;
}

export const logOutcomes = ["all", "orders", "refused", "missed"] as const;

export interface LogFilter {
  readonly tournamentId: string;
  readonly entryId: string | null;
  /** Also of the open round. */
  readonly open: boolean;
  /** Which decisions: all and what was missed, those with orders, those with a refused order, what was missed. */
  readonly only: (typeof logOutcomes)[number];
  readonly baselines: boolean;
  /** A part of the reasoning, whatever its case. Null: any. */
  readonly said: string | null;
  /** Round and entry of the last item that was given out. */
  readonly after: readonly [number, string];
  readonly limit: number;
}

/** The place behind which a log begins that shows all rounds up to this one. */
export function logBefore(round: number): readonly [number, string] {
  return [round, NO_ENTRY];
}

type LogRow =
  | (DecisionItem & { reason: null })
  | (MissItem & Pick<DecisionItem, "reasoning" | "confidence" | "orders">);

export async function readDecisionLog(query: Query, filter: LogFilter): Promise<LogItem[]> {
  const [round, entry] = filter.after;
  const { tournamentId, entryId, open, limit, only, baselines, said } = filter;
  const pattern = said === null ? null : partOf(said);
  const params = [tournamentId, entryId, open, round, entry, limit, only, baselines, logRounds(filter), pattern];
  const rows = await query<LogRow>(LOG, params);
  return rows.map(itemOf);
}

function itemOf(row: LogRow): LogItem {
  const { round, due_at, entry_id, agent_id, agent } = row;
  if (row.outcome === "missed") {
    return { round, due_at, entry_id, agent_id, agent, outcome: row.outcome, reason: row.reason };
  }
  const { reason: _, ...decision } = row;
  return decision;
}
