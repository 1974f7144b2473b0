/** The server's check of finished tournaments: which are still to be checked, how large they are, and what was found. */
import type { Query } from "../../query.ts";

/**
 * The ids of ended tournaments without a verdict. Each has a settled round, and none of its rounds is under way. The newest
 * comes first.
 */
export async function uncheckedTournaments(query: Query, limit: number): Promise<string[]> {
  const rows = await query<{ id: string }>(
    `select t.id from tournaments t
      where t.ended_at is not null and not exists (select from tournament_checks c where c.tournament_id = t.id)
        and exists (select from rounds r where r.tournament_id = t.id and r.state = 'settled')
        and not exists (select from rounds r where r.tournament_id = t.id and r.state in ('open', 'closed', 'quoted'))
      order by t.ended_at desc limit $1`,
    [limit],
  );
  return rows.map(({ id }) => id);
}

export type SizeToCheck = { ended: boolean; points: number };

/** `points`: entries times rounds, about as many values of each kind there are to compare. Null for an unknown tournament. */
export async function readSizeToCheck(query: Query, tournamentId: string): Promise<SizeToCheck | null> {
  const [row] = await query<SizeToCheck>(
    `select t.ended_at is not null as ended,
       (select coalesce(max(number), -1) + 1 from rounds where tournament_id = t.id)::int
         * (select count(*) from entries where tournament_id = t.id)::float8 as points
     from tournaments t where t.id = $1`,
    [tournamentId],
  );
  return row ?? null;
}

export interface Check {
  readonly verdict: "exact" | "wrong" | "too_large";
  readonly hash: string | null;
  readonly checked: number;
  readonly failures: number;
  readonly codeVersion: string;
}

/** A later check replaces the earlier one. */
export async function writeCheck(query: Query, tournamentId: string, check: Check): Promise<void> {
  await query(
    `insert into tournament_checks (tournament_id, verdict, hash, checked, failures, code_version)
     values ($1, $2, $3, $4, $5, $6)
     on conflict (tournament_id) do update set verdict = excluded.verdict, hash = excluded.hash, checked = excluded.checked,
       failures = excluded.failures, code_version = excluded.code_version, checked_at = agonus_now()`,
    [tournamentId, check.verdict, check.hash, check.checked, check.failures, check.codeVersion],
  );
}
