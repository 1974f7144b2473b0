/** The last calls of an agent's webhook, the newest first. */
import type { Query } from "../../query.ts";

export type WebhookCallRow = {
  id: string;
  round_id: string | null;
  entry_id: string | null;
  tournament_id: string | null;
  round: number | null;
  attempt: number;
  at: string;
  ms: number;
  status: number | null;
  code: string | null;
  detail: string | null;
  answer: string | null;
};

const LIST = `
select c.id, c.round_id, e.id as entry_id, r.tournament_id, r.number as round, c.attempt, c.at, c.ms, c.status, c.code, c.detail, c.answer
from webhook_calls c left join rounds r on r.id = c.round_id
left join entries e on e.tournament_id = r.tournament_id and e.agent_id = c.agent_id
where c.agent_id = $1 order by c.id desc`;

export async function listCalls(query: Query, agentId: string): Promise<WebhookCallRow[]> {
  return query<WebhookCallRow>(LIST, [agentId]);
}
