/** Tasks as rows, in any state, for tests of queues. Seconds are from the database's now: negative ones are past. */
import { uuidv7 } from "uuidv7";
import type { Query } from "../../src/db/query.ts";

export interface Row {
  readonly id?: string;
  readonly name?: string;
  readonly queue?: string;
  readonly state?: "PENDING" | "STARTED" | "RETRY" | "SUCCESS" | "FAILURE" | "REVOKED";
  readonly args?: Record<string, unknown>;
  readonly attempt?: number;
  readonly tournamentId?: string | null;
  readonly key?: string | null;
  readonly dueIn?: number;
  /** Null: no message was sent. */
  readonly sentIn?: number | null;
  readonly sends?: number;
  readonly leaseIn?: number;
  readonly heartbeatIn?: number;
  readonly cancelRequested?: boolean;
  readonly consumer?: string | null;
  readonly error?: { code: string; message: string } | null;
}

export async function taskRow(query: Query, row: Row = {}): Promise<string> {
  const { id = uuidv7(), state = "PENDING" } = row;
  await query(
    `insert into tasks (id, name, queue, state, args, attempt, max_attempts, tournament_id, key, due_at, sent_at, sends, token,
       lease_until, heartbeat_at, cancel_requested, consumer, error, finished_at, started_at, history, created_at)
     select $1, $2, $3, $4, $5::jsonb, $6, 4, $7, $8, n + make_interval(secs => $9::float8),
       n + make_interval(secs => $10::float8), $11, case when $4 = 'STARTED' then gen_random_uuid() end,
       case when $4 = 'STARTED' then n + make_interval(secs => $12::float8) end,
       case when $4 = 'STARTED' then n + make_interval(secs => $13::float8) end, $14, $15, $16::jsonb,
       case when $4 in ('SUCCESS', 'FAILURE', 'REVOKED') then n end,
       case when $4 in ('STARTED', 'SUCCESS', 'FAILURE', 'REVOKED') then n end,
       jsonb_build_array(jsonb_build_object('at', n, 'state', $4::text, 'why', 'made by a test')), n
     from (select agonus_now() as n) x`,
    [
      id,
      row.name ?? "update_tournament_rankings",
      row.queue ?? "agents",
      state,
      JSON.stringify(row.args ?? {}),
      row.attempt ?? (state === "STARTED" ? 1 : 0),
      row.tournamentId ?? null,
      row.key ?? null,
      row.dueIn ?? -1,
      row.sentIn === undefined ? -1 : row.sentIn,
      row.sends ?? 1,
      row.leaseIn ?? 20,
      row.heartbeatIn ?? 0,
      row.cancelRequested ?? false,
      row.consumer ?? null,
      row.error ? JSON.stringify({ class: "Outcome", ...row.error }) : null,
    ],
  );
  return id;
}

export async function taskRows(query: Query, number: number, row: Row = {}): Promise<string[]> {
  const ids: string[] = [];
  for (let n = 0; n < number; n++) ids.push(await taskRow(query, row));
  return ids;
}

/** Replaces text in a function of the database, which makes a broken twin of it. */
export async function rewriteFunction(query: Query, name: string, from: string, to: string): Promise<void> {
  const [row] = await query<{ text: string }>(`select pg_get_functiondef($1::regproc) as text`, [name]);
  const broken = row?.text.replace(from, to);
  if (!row || broken === undefined || broken === row.text) throw new Error(`${name} has no ${from} any more`);
  await query(broken);
}
