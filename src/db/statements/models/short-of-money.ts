/** Language models of running tournaments that hold for lack of money, and those that have spent most of it. */
import type { Query } from "../../query.ts";

/** From this share of its budget on an entry is warned about. */
export const BUDGET_WARNING_SHARE = "0.8";
/** How many of an entry's decisions are looked at. */
const DECISIONS_SEEN = 20;

export type ShortOfMoney = {
  readonly agent_id: string;
  readonly agent: string;
  readonly tournament_id: string;
  readonly tournament: string;
  /** Its latest decisions in a row that were holds for lack of money. */
  readonly holds: number;
  readonly usd: string;
  /** Null: without a limit for the whole tournament. */
  readonly budget_usd: string | null;
};

// least() leaves out nulls: of the author's and the rules' budget the lower one counts.
const SHORT = `
with models as (
  select e.id, e.agent_id, e.agent_name as agent, t.id as tournament_id, t.name as tournament, coalesce(a.usd, 0) as usd,
    least((e.params#>>'{llm,budget,usd_total}')::numeric, (t.rules#>>'{model_budget,usd_total}')::numeric) as budget
  from tournaments t join entries e on e.tournament_id = t.id and e.kind = 'llm' and e.status = 'active'
  left join model_accounts a on a.entry_id = e.id where t.status in ('live', 'paused'))
select m.agent_id, m.agent, m.tournament_id, m.tournament, h.holds, trim_scale(m.usd)::text as usd,
  trim_scale(m.budget)::text as budget_usd
from models m cross join lateral (
  select count(*)::int as holds from (
    select bool_and(x.fault is not distinct from 'agent.budget_spent') over (order by d.decided_at desc) as in_a_row
    from (select round_id, entry_id, decided_at from decisions where entry_id = m.id order by decided_at desc limit ${DECISIONS_SEEN}) d
    left join decision_details x using (round_id, entry_id)) y where in_a_row) h
where h.holds > 0 or m.usd >= m.budget * ${BUDGET_WARNING_SHARE}
order by h.holds desc, m.agent, m.tournament_id limit $1`;

export async function listShortOfMoney(query: Query, most: number): Promise<ShortOfMoney[]> {
  return query<ShortOfMoney>(SHORT, [most]);
}
