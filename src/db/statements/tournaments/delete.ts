/** Deletes a tournament that has no rounds, with its entries. One that has rounds is history, and can only be cancelled. */
import type { Query } from "../../query.ts";

// Foreign keys are checked when the statement ends. A round that opens meanwhile makes it fail as a whole (23503).
const DELETE = `
with t as (
  delete from tournaments t where t.id = $1 and not exists (select from rounds r where r.tournament_id = t.id)
  returning t.id, t.market, t.candle_source_id),
e as (select id from entries where tournament_id in (select id from t)),
m as (delete from memories where entry_id in (select id from e)),
s as (delete from standings where entry_id in (select id from e)),
g as (delete from entries where id in (select id from e))
select market, candle_source_id from t`;

/** False when nothing was deleted. The candles that were made for it go with it; those that a replay named stay. */
export async function deleteTournament(query: Query, id: string): Promise<boolean> {
  const [row] = await query<{ market: string; candle_source_id: string }>(DELETE, [id]);
  if (row?.market === "synthetic") await deleteUnusedSource(query, row.candle_source_id);
  return row !== undefined;
}

/** Deletes the source that was made for one tournament, unless another tournament names it. */
export async function deleteUnusedSource(query: Query, sourceId: string): Promise<void> {
  await query(
    `delete from candle_sources s where s.id = $1 and s.kind = 'synthetic'
      and not exists (select from tournaments t where t.candle_source_id = s.id)`,
    [sourceId],
  );
}
