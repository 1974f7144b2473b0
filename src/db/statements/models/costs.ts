/** What the models of a tournament's entries have spent: in all, or round by round. */
import type { Query } from "../../query.ts";

export type CostRow = {
  agent_id: string;
  agent: string;
  /** The frozen config.llm. */
  llm: unknown;
  /** Null: of all rounds. */
  round: number | null;
  calls: number;
  input_tokens: number;
  output_tokens: number;
  /** Null: no step has a known price. */
  usd: string | null;
  /** Reserved for a step that is under way. */
  held_usd: string;
  /** Some tokens were not counted by the provider. */
  estimated: boolean;
  /** Tokens that a provider counted beyond what was reserved. */
  excess_tokens: number;
};

// Sums of all rounds stand in the account, which outlives the steps.
const TOTALS = `
select e.agent_id, e.agent_name as agent, e.params->'llm' as llm, null as round, coalesce(a.calls, 0) as calls,
  coalesce(a.input_tokens, 0) as input_tokens, coalesce(a.output_tokens, 0) as output_tokens, trim_scale(coalesce(a.usd, 0))::text as usd,
  case when r.state = 'open' then trim_scale(a.held_usd)::text else '0' end as held_usd, coalesce(s.estimated, false) as estimated,
  coalesce(s.excess_tokens, 0) as excess_tokens
from entries e left join model_accounts a on a.entry_id = e.id left join rounds r on r.id = a.round_id
left join lateral (
  select bool_or(s.estimated) as estimated, sum(greatest(0, s.input_tokens + s.output_tokens - s.reserved_tokens))::float8 as excess_tokens
  from rounds q join model_steps s on s.round_id = q.id and s.entry_id = e.id where q.tournament_id = e.tournament_id) s on true
where e.tournament_id = $1 and e.kind = 'llm' and ($2::uuid is null or e.agent_id = $2)
order by e.agent_name limit $3`;

const BY_ROUND = `
select e.agent_id, e.agent_name as agent, e.params->'llm' as llm, r.number as round, count(s.answered_at)::int as calls,
  sum(s.input_tokens)::float8 as input_tokens, sum(s.output_tokens)::float8 as output_tokens, trim_scale(sum(s.usd))::text as usd,
  '0' as held_usd, bool_or(s.estimated) as estimated,
  sum(greatest(0, s.input_tokens + s.output_tokens - s.reserved_tokens))::float8 as excess_tokens
from rounds r join model_steps s on s.round_id = r.id join entries e on e.id = s.entry_id
where r.tournament_id = $1 and ($2::uuid is null or e.agent_id = $2)
group by e.agent_id, e.agent_name, e.params, r.number order by r.number desc, e.agent_name limit $3`;

export async function readCosts(
  query: Query,
  tournamentId: string,
  agentId: string | null,
  byRound: boolean,
  most: number,
): Promise<CostRow[]> {
  return query<CostRow>(byRound ? BY_ROUND : TOTALS, [tournamentId, agentId, most]);
}
