/** Stores a new key. Null when its end has passed, by the database's clock, or when a key with its id exists. */
import type { Role } from "../../../core/access/roles.ts";
import type { Query } from "../../query.ts";
import { KEY_COLUMNS, type KeyRow } from "./columns.ts";

export interface NewKey {
  readonly id: string;
  readonly role: Role;
  readonly name: string;
  readonly prefix: string;
  /** SHA-256 of the whole key, in hex. */
  readonly hash: string;
  readonly agentId: string | null;
  readonly expiresAt: string | null;
}

const INSERT = `
insert into keys (id, role, name, prefix, hash, agent_id, expires_at)
select $1, $2, $3, $4, $5, $6::uuid, $7::timestamptz
where $7::timestamptz is null or $7::timestamptz > agonus_now()
on conflict (id) do nothing returning ${KEY_COLUMNS}`;

export async function insertKey(query: Query, key: NewKey): Promise<KeyRow | null> {
  const { id, role, name, prefix, hash, agentId, expiresAt } = key;
  const [row] = await query<KeyRow>(INSERT, [id, role, name, prefix, hash, agentId, expiresAt]);
  return row ?? null;
}
