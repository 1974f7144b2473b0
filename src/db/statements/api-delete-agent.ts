/** Deletes an agent, or archives it when entries point to it. False when it isn't there or is archived already. */
import type { Query } from "../query.ts";

const DELETE = `
with deleted as (
  delete from agents a where a.id = $1 and a.archived_at is null
    and not exists (select from entries e where e.agent_id = a.id) returning a.id),
archived as (
  update agents a set archived_at = agonus_now(), updated_at = agonus_now()
  where a.id = $1 and a.archived_at is null and exists (select from entries e where e.agent_id = a.id) returning a.id)
select id from deleted union all select id from archived`;

export async function deleteAgent(query: Query, id: string): Promise<boolean> {
  return (await query(DELETE, [id])).length > 0;
}
