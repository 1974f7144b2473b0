/** How often an agent's webhook was tested within the last minute. */
import type { Query } from "../../query.ts";

const COUNT = `
select count(*)::int as tests from webhook_calls
where agent_id = $1 and round_id is null and at > agonus_now() - interval '1 minute'`;

export async function countTests(query: Query, agentId: string): Promise<number> {
  const [row] = await query<{ tests: number }>(COUNT, [agentId]);
  return row?.tests ?? 0;
}
