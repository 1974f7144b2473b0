/** An entry's account as it is stored. */
import type { Query } from "../../query.ts";

export type StoredState = {
  /** Null where it is hidden. */
  version: number | null;
  recoveries: number;
  cash: string;
  /** Base quantity by symbol. */
  positions: Record<string, string>;
  kind: string;
  /** Since when it is asked for no more decisions, because it answered none of too many rounds; null: it is asked. */
  halted_at: string | null;
  round_open: boolean;
};

/** Without `secrets` an open round hides the version: an order has raised it. */
export async function readStoredState(query: Query, entryId: string, secrets: boolean): Promise<StoredState | null> {
  const [row] = await query<StoredState>(
    `select case when $2 or not o.round_open then version end as version, recoveries, trim_scale(cash)::text as cash,
        coalesce((
          select jsonb_object_agg(symbol, trim_scale(quantity)::text) from positions p where p.entry_id = e.id), '{}') as positions,
        kind, halted_at, o.round_open
       from entries e cross join lateral (
         select exists (select from rounds r where r.tournament_id = e.tournament_id and r.state = 'open') as round_open) o
      where e.id = $1`,
    [entryId, secrets],
  );
  return row ?? null;
}
