/**
 * Deletes an agent with its keys and webhook. When entries point to it, it archives the agent, revokes its keys and deletes
 * its webhook. False when it isn't there or is archived already.
 */
import type { Query } from "../../query.ts";

const DELETE = `
with deleted as (
  delete from agents a where a.id = $1 and a.archived_at is null
    and not exists (select from entries e where e.agent_id = a.id) returning a.id),
archived as (
  update agents a set archived_at = agonus_now(), updated_at = agonus_now()
  where a.id = $1 and a.archived_at is null and exists (select from entries e where e.agent_id = a.id) returning a.id),
silenced as (delete from webhooks w using archived a where w.agent_id = a.id),
revoked as (
  update keys k set revoked_at = agonus_now() from archived a where k.agent_id = a.id and k.revoked_at is null)
select id from deleted union all select id from archived`;

export async function deleteAgent(query: Query, id: string): Promise<boolean> {
  return (await query(DELETE, [id])).length > 0;
}
