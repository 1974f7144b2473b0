/** A key's row as the API reads it. The hash never leaves the statements that compare it. */
import type { Role } from "../../../core/access/roles.ts";

export type KeyRow = {
  id: string;
  role: Role;
  name: string;
  prefix: string;
  agent_id: string | null;
  created_at: string;
  last_used_at: string | null;
  /** When the key stops working: its own end, or the end of the grace after a rotation. Null: no end. */
  expires_at: string | null;
  revoked_at: string | null;
};

export const KEY_COLUMNS = `id, role, name, prefix, agent_id, created_at, last_used_at,
  least(expires_at, grace_ends_at) as expires_at, revoked_at`;

/** Whether the key `k` works now. */
export const KEY_WORKS = `k.revoked_at is null and coalesce(least(k.expires_at, k.grace_ends_at), 'infinity') > agonus_now()`;
