/** The audit: what operators asked for. Append-only by a trigger; a refusal is a row of its own that names the first. */
import type { Query } from "../query.ts";

export interface AuditEntry {
  readonly id: string;
  readonly actor: string;
  readonly action: string;
  readonly target: string | null;
  readonly details: Record<string, unknown>;
  readonly correlationId: string;
}

export async function writeAudit(query: Query, entry: AuditEntry): Promise<void> {
  await query(
    `insert into audit (id, actor, action, target, details, correlation_id) values ($1, $2, $3, $4, $5::jsonb, $6)`,
    [entry.id, entry.actor, entry.action, entry.target, JSON.stringify(entry.details), entry.correlationId],
  );
}

export const REFUSED = "refused";

export type AuditRow = {
  id: string;
  at: string;
  actor: string;
  action: string;
  target: string | null;
  details: Record<string, unknown>;
  correlation_id: string | null;
  /** {status, code} when it was refused. */
  refused: Record<string, unknown> | null;
};

const LIST = `
select a.id, a.at, a.actor, a.action, a.target, a.details, a.correlation_id,
  (select r.details from audit r where r.action = 'refused' and r.target = a.id::text limit 1) as refused
from audit a
where a.action <> 'refused' and ($1::text is null or a.action = $1) and ($2::timestamptz is null or a.at >= $2)
  and ($3::uuid is null or a.id < $3)
order by a.id desc limit $4`;

/** The newest first. */
export async function listAudit(
  query: Query,
  filter: { readonly action: string | null; readonly since: string | null; readonly before: string | null },
  limit: number,
): Promise<AuditRow[]> {
  return query<AuditRow>(LIST, [filter.action, filter.since, filter.before, limit]);
}
