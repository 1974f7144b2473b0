/** Finds rows whose parent is missing. Foreign keys forbid most of them, but a restored or hand-edited database may have them. */
import type { Query } from "../db/query.ts";
import type { Report } from "./report.ts";

/** Rows of a tournament that belong to no round of it. */
export async function checkRoundless(query: Query, report: Report, tournamentId: string): Promise<void> {
  const rows = await query<{ table: string; round: string }>(
    `select 'equity_points' as table, p.round::text as round from equity_points p
      where p.tournament_id = $1
        and not exists (select from rounds r where r.tournament_id = p.tournament_id and r.number = p.round)
     union
     select 'trades', f.round_id::text from trades f
      where f.tournament_id = $1 and not exists (select from rounds r where r.id = f.round_id)
     union
     select 'decisions', d.round_id::text from entries e join decisions d on d.entry_id = e.id
      where e.tournament_id = $1 and not exists (select from rounds r where r.id = d.round_id)
     order by 1, 2 limit 200`,
    [tournamentId],
  );
  report.checked++;
  for (const row of rows)
    report.once(
      { table: "rounds", key: `round ${row.round}` },
      "a row",
      null,
      `is missing, but ${row.table} point to it`,
    );
}

/** Tournaments, rounds and entries that are missing although rows point to them. */
export async function checkParentless(query: Query, report: Report): Promise<void> {
  const rows = await query<{ child: string; parent: string; id: string }>(
    `select 'entries' as child, 'tournaments' as parent, e.tournament_id::text as id from entries e
      where not exists (select from tournaments t where t.id = e.tournament_id)
     union
     select 'rounds', 'tournaments', r.tournament_id::text from rounds r
      where not exists (select from tournaments t where t.id = r.tournament_id)
     union
     select 'snapshots', 'rounds', s.round_id::text from snapshots s
      where not exists (select from rounds r where r.id = s.round_id)
     union
     select 'quotes', 'rounds', q.round_id::text from quotes q where not exists (select from rounds r where r.id = q.round_id)
     union
     select 'positions', 'entries', p.entry_id::text from positions p
      where not exists (select from entries e where e.id = p.entry_id)
     union
     select 'lots', 'entries', b.entry_id::text from lots b where not exists (select from entries e where e.id = b.entry_id)
     order by 1, 2, 3 limit 200`,
  );
  report.checked++;
  for (const row of rows)
    report.once({ table: row.parent, key: row.id }, "a row", null, `is missing, but ${row.child} point to it`);
}
