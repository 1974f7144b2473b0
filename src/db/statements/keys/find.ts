/** The look-up of keys by their hashes. Every request with a key makes it. */
import type { Role } from "../../../core/access/roles.ts";
import type { Query } from "../../query.ts";
import { KEY_WORKS } from "./columns.ts";

export type FoundKey = {
  id: string;
  hash: string;
  role: Role;
  name: string;
  prefix: string;
  agent_id: string | null;
  expires_at: string | null;
};

// The time of the last use is kept to the minute, so that a busy key is written once a minute. A row that another statement
// is writing is skipped: two statements that lock many keys in different orders would end in a deadlock.
const FIND = `
with found as (
  select k.id, k.hash, k.role, k.name, k.prefix, k.agent_id, least(k.expires_at, k.grace_ends_at) as expires_at,
    k.last_used_at < date_trunc('minute', agonus_now()) is not false as is_stale
  from jsonb_array_elements_text($1::jsonb) as wanted(hash) join keys k on k.hash = wanted.hash where ${KEY_WORKS}),
stale as (
  select k.id from keys k join found f on f.id = k.id where f.is_stale for no key update of k skip locked),
used as (
  update keys k set last_used_at = date_trunc('minute', agonus_now()) from stale s where k.id = s.id)
select id, hash, role, name, prefix, agent_id, expires_at from found`;

/** The keys that work now, each in its hash's place. Null for a hash of no such key. */
export async function findKeys(query: Query, hashes: readonly string[]): Promise<(FoundKey | null)[]> {
  const rows = await query<FoundKey>(FIND, [JSON.stringify([...new Set(hashes)])]);
  const byHash = new Map(rows.map((row) => [row.hash, row]));
  return hashes.map((hash) => byHash.get(hash) ?? null);
}
