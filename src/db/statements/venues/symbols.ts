/** The list of a venue's pairs, as it was read last. */
import type { Query } from "../../query.ts";

export type VenueSymbolRow = {
  symbol: string;
  id: string;
  keys: string[];
  status: string;
  tradable: boolean;
  volume_step: string | null;
};

// Rows that say the same as before are not written again: a list has thousands, and is read every minute.
const REPLACE = `
with given as (
  select * from jsonb_to_recordset($2::jsonb) as g(symbol text, id text, keys jsonb, status text, tradable boolean, volume_step text)),
gone as (
  delete from venue_symbols s where s.venue = $1 and not exists (select from given g where g.symbol = s.symbol)),
put as (
  insert into venue_symbols as s (venue, symbol, id, keys, status, tradable, volume_step)
  select $1, symbol, id, keys, status, tradable, volume_step from given
  on conflict (venue, symbol) do update set id = excluded.id, keys = excluded.keys, status = excluded.status,
    tradable = excluded.tradable, volume_step = excluded.volume_step
  where (s.id, s.keys, s.status, s.tradable, s.volume_step)
    is distinct from (excluded.id, excluded.keys, excluded.status, excluded.tradable, excluded.volume_step))
insert into venue_states (venue, listed_at, blocked_until) values ($1, agonus_now(), agonus_now())
on conflict (venue) do update set listed_at = excluded.listed_at`;

export async function replaceVenueSymbols(query: Query, venue: string, rows: readonly VenueSymbolRow[]): Promise<void> {
  await query(REPLACE, [venue, JSON.stringify(rows)]);
}

const READ = `
select (select agonus_ms(agonus_now()) - agonus_ms(listed_at) from venue_states where venue = $1) as age_ms,
  (select coalesce(jsonb_agg(jsonb_build_object('symbol', symbol, 'id', id, 'keys', keys, 'status', status, 'tradable', tradable,
     'volume_step', volume_step)), '[]') from venue_symbols where venue = $1) as rows`;

/** The stored list and its age; an age of null where none was ever read. */
export async function readVenueSymbols(
  query: Query,
  venue: string,
): Promise<{ ageMs: number | null; rows: VenueSymbolRow[] }> {
  const [row] = await query<{ age_ms: number | null; rows: VenueSymbolRow[] }>(READ, [venue]);
  return { ageMs: row?.age_ms ?? null, rows: row?.rows ?? [] };
}

const SEARCH = `
select symbol, status, tradable from venue_symbols
where venue = $1 and ($2::text is null or position(upper($2) in upper(symbol)) > 0) and ($3::text is null or symbol > $3)
order by symbol limit $4`;

/** Pairs whose symbol has `text` in it, by symbol; from behind `after`. */
export async function searchVenueSymbols(
  query: Query,
  venue: string,
  text: string | null,
  after: string | null,
  limit: number,
): Promise<{ symbol: string; status: string; tradable: boolean }[]> {
  return query(SEARCH, [venue, text, after, limit]);
}
