/** Revokes a key and every key that a rotation made from it. */
import type { Query } from "../../query.ts";

const REVOKE = `
with recursive line as (
  select id from keys where id = $1
  union
  select k.id from keys k join line l on k.replaces = l.id)
update keys k set revoked_at = agonus_now() from line l where k.id = l.id and k.revoked_at is null returning k.id`;

/**
 * A rotation that commits while the statement waits for its lock adds a key that the statement doesn't see. So the statement
 * runs again until it finds no key that still works. A rotation that begins afterwards finds its key revoked.
 */
export async function revokeKey(query: Query, id: string): Promise<void> {
  while ((await query(REVOKE, [id])).length > 0);
}
