/** Revokes an invite. False when there is no such invite. One that is revoked already stays as it is. */
import type { Query } from "../../query.ts";

export async function revokeInvite(query: Query, id: string): Promise<boolean> {
  const rows = await query(
    `update invites set revoked_at = coalesce(revoked_at, agonus_now()) where id = $1 returning id`,
    [id],
  );
  return rows.length > 0;
}
