/** An entry's account as it is stored. */
import type { Query } from "../query.ts";

export type StoredState = {
  version: number;
  recoveries: number;
  cash: string;
  /** Base quantity by symbol. */
  positions: Record<string, string>;
};

export async function readStoredState(query: Query, entryId: string): Promise<StoredState | null> {
  const [row] = await query<StoredState>(
    `select version, recoveries, trim_scale(cash)::text as cash, coalesce((
        select jsonb_object_agg(symbol, trim_scale(quantity)::text) from positions p where p.entry_id = e.id), '{}') as positions
       from entries e where id = $1`,
    [entryId],
  );
  return row ?? null;
}
