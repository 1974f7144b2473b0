/** What the fills of a block start from, beyond what a decision is made upon: totals and lots. */
import type { Lot } from "../../../core/account.ts";
import type { Query } from "../../query.ts";

export interface EntryBook {
  readonly id: string;
  readonly version: number;
  readonly baseline: boolean;
  readonly realized_profit: string;
  /** The oldest first. */
  readonly lots: Lot[];
}

const BOOKS = `
select e.id, e.version, e.baseline, trim_scale(e.realized_profit)::text as realized_profit,
  (select coalesce(jsonb_agg(jsonb_build_object('symbol', symbol, 'round', round, 'seq', seq,
     'quantity', trim_scale(quantity)::text, 'cost', trim_scale(cost)::text) order by round, seq), '[]')
   from lots where entry_id = e.id) as lots
from entries e where e.id = any($1::uuid[])`;

export async function readEntryBooks(query: Query, entryIds: readonly string[]): Promise<EntryBook[]> {
  return query<EntryBook & Record<string, unknown>>(BOOKS, [entryIds]);
}
