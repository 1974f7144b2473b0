/**
 * The audit of what operators asked for. A trigger makes it append-only, so a refusal is a second row that names the
 * first one as its target.
 */
import type { Query } from "../../query.ts";

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

export interface AuditFilter {
  readonly action: string | null;
  readonly since: string | null;
  readonly before: string | null;
}

// `since` also narrows by id for speed. Isolates make ids by their own clocks, which differ from the database's by less
// than a minute.
export function auditStatement({ action, since, before }: AuditFilter, limit: number) {
  const params: unknown[] = [limit];
  const at = (value: unknown) => `$${params.push(value)}`;
  const from = since === null ? null : `${at(since)}::timestamptz`;
  const conditions = [
    "a.action <> 'refused'",
    ...(action === null ? [] : [`a.action = ${at(action)}`]),
    ...(from === null ? [] : [`a.at >= ${from} and a.id >= agonus_uuid_at(${from} - interval '1 minute')`]),
    ...(before === null ? [] : [`a.id < ${at(before)}::uuid`]),
  ];
  const text = `
select a.id, a.at, a.actor, a.action, a.target, a.details, a.correlation_id,
  (select r.details from audit r where r.action = 'refused' and r.target = a.id::text limit 1) as refused
from audit a where ${conditions.join(" and ")} order by a.id desc limit $1`;
  return { text, params };
}

/** The newest first. */
export async function listAudit(query: Query, filter: AuditFilter, limit: number): Promise<AuditRow[]> {
  const { text, params } = auditStatement(filter, limit);
  return query<AuditRow>(text, params);
}
