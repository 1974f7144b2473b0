/** Which ids belong to a practice, and whose it is. */
import type { Query } from "../../query.ts";

export type Owner = {
  id: string;
  /** The agent whose practice it is. Null for what everybody may see. */
  owner: string | null;
};

// A copy of a house agent whose practice is gone belongs to nobody.
const OWNERS = `
select t.id, t.practice_of as owner from tournaments t where t.id = any($1::uuid[])
union all
select a.id, case when a.practice then coalesce(
  (select t.practice_of from entries e join tournaments t on t.id = e.tournament_id where e.agent_id = a.id limit 1),
  '00000000-0000-0000-0000-000000000000') end
from agents a where a.id = any($1::uuid[])`;

/** Of tournaments and agents. An id of neither is left out. */
export async function readOwners(query: Query, ids: readonly string[]): Promise<Owner[]> {
  return query<Owner>(OWNERS, [ids]);
}

/** Whose practice a task's tournament is. Null for a task of no practice, and for an unknown one. */
export async function readOwnerOfTask(query: Query, taskId: string): Promise<string | null> {
  const [row] = await query<{ owner: string | null }>(
    `select t.practice_of as owner from tasks x join tournaments t on t.id = x.tournament_id where x.id = $1`,
    [taskId],
  );
  return row?.owner ?? null;
}
