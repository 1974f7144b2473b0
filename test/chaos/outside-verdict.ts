/** Whether what agents from outside were told is still true. */
import type { Query } from "../../src/db/query.ts";

/** A decision that the platform said it has stored. */
export interface Held {
  readonly agentId: string;
  readonly round: number;
  readonly reasoning: string;
}

const BROKEN = `
select format('%s was told that its decision for round %s is stored, and %s', e.agent_name, p.round,
  case when d.entry_id is null then 'it is not' else 'another one is' end) as text
from jsonb_to_recordset($2::jsonb) as p("agentId" uuid, round int, reasoning text)
join entries e on e.tournament_id = $1 and e.agent_id = p."agentId"
join rounds r on r.tournament_id = e.tournament_id and r.number = p.round
left join decisions d on d.round_id = r.id and d.entry_id = e.id
left join decision_details x on x.round_id = d.round_id and x.entry_id = d.entry_id
where x.reasoning is distinct from p.reasoning`;

export async function heldAgainst(query: Query, tournamentId: string, held: readonly Held[]): Promise<string[]> {
  const rows = await query<{ text: string }>(BROKEN, [tournamentId, JSON.stringify(held)]);
  return rows.map(({ text }) => text);
}
