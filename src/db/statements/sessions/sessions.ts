/** Sessions of browsers. One statement opens a session and audits the opening, so neither exists alone. */
import type { Role } from "../../../core/access/roles.ts";
import type { Query } from "../../query.ts";
import { KEY_WORKS } from "../keys/columns.ts";

const OPEN = `
with told as (
  insert into audit (id, actor, action, target, details, correlation_id)
  values ($3, $6, 'POST /session', null, '{"outcome": "opened"}'::jsonb, $4)),
opened as (
  insert into sessions (token_hash, key_id, expires_at)
  values ($1, $5, agonus_now() + make_interval(secs => $2::int)) returning expires_at)
select expires_at from opened`;

/** Returns when the session ends. */
export async function openSessionRow(
  query: Query,
  session: {
    readonly tokenHash: string;
    /** The key that signs in. Null: the operator key. */
    readonly keyId: string | null;
    readonly actor: string;
    readonly seconds: number;
    readonly auditId: string;
    readonly correlationId: string;
  },
): Promise<string> {
  const { tokenHash, keyId, actor, seconds, auditId, correlationId } = session;
  const [row] = await query<{ expires_at: string }>(OPEN, [tokenHash, seconds, auditId, correlationId, keyId, actor]);
  if (!row) throw new Error("a session without an end");
  return row.expires_at;
}

export type SessionRow = {
  /** When the session ends. Its key may end sooner. */
  ends_at: string;
  /** Null: the operator key. Then the next four are null too. */
  key_id: string | null;
  role: Role | null;
  name: string | null;
  prefix: string | null;
  agent_id: string | null;
  key_expires_at: string | null;
};

const READ = `
select s.expires_at as ends_at, s.key_id, k.role, k.name, k.prefix, k.agent_id,
  least(k.expires_at, k.grace_ends_at) as key_expires_at
from sessions s left join keys k on k.id = s.key_id
where s.token_hash = $1 and s.expires_at > agonus_now() and (s.key_id is null or (${KEY_WORKS}))`;

/** Null for an unknown session, for one that has ended, and for one whose key no longer works. */
export async function readSessionRow(query: Query, tokenHash: string): Promise<SessionRow | null> {
  const [row] = await query<SessionRow>(READ, [tokenHash]);
  return row ?? null;
}

export async function endSessionRow(query: Query, tokenHash: string): Promise<void> {
  await query("delete from sessions where token_hash = $1", [tokenHash]);
}
