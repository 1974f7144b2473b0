/** Replaces a key by a new one with the same role, name, agent and end. The old one works until its grace has passed. */
import type { Query } from "../../query.ts";
import { KEY_COLUMNS, KEY_WORKS, type KeyRow } from "./columns.ts";

export interface Rotation {
  readonly oldId: string;
  readonly newId: string;
  readonly prefix: string;
  readonly hash: string;
  readonly graceSeconds: number;
}

// A second rotation never prolongs the grace of the first one.
const ROTATE = `
with old as (
  select k.* from keys k where k.id = $1 and ${KEY_WORKS} for no key update),
made as (
  insert into keys (id, role, name, prefix, hash, agent_id, replaces, expires_at)
  select $2, role, name, $3, $4, agent_id, id, expires_at from old
  on conflict (id) do nothing returning *),
ended as (
  update keys k set grace_ends_at = least(k.grace_ends_at, agonus_now() + make_interval(secs => $5::int))
  from made m where k.id = m.replaces)
select ${KEY_COLUMNS} from made`;

/** The new key. Null when the old one doesn't work any more, or when a key with the new id exists. */
export async function rotateKey(query: Query, rotation: Rotation): Promise<KeyRow | null> {
  const { oldId, newId, prefix, hash, graceSeconds } = rotation;
  const [row] = await query<KeyRow>(ROTATE, [oldId, newId, prefix, hash, graceSeconds]);
  return row ?? null;
}
