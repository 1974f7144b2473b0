/** The last known price of each symbol of a market. */
import type { Query } from "../../query.ts";

export type PriceRow = { symbol: string; price: string; at: string; source: string; tournament_id: string | null };

// Synthetic: the open of the newest candle that has opened, because its close is not public yet. Replay and venues: the mid
// of the last quoted round, or the close of the candle before the start when no round was quoted yet.
/** $1 is the tournament. Null means all live tournaments but practices. */
export const PRICES_OF_TOURNAMENT = `
select distinct on (symbol) symbol, trim_scale(price)::text as price, at, source, tournament_id from (
  select s.symbol, p.price, p.at, t.candle_source_id as source, t.id as tournament_id
  from tournaments t
  cross join lateral unnest(t.symbols) as s(symbol)
  left join lateral (
    select id, due_at from rounds where tournament_id = t.id and state in ('quoted', 'settled')
    order by number desc limit 1) r on t.market <> 'synthetic'
  cross join lateral (
    (select q.mid as price, r.due_at as at from quotes q where q.round_id = r.id and q.symbol = s.symbol)
    union all
    (select c.close, t.starts_at from candles c
     where t.market <> 'synthetic' and r.id is null and c.source_id = t.candle_source_id and c.symbol = s.symbol
       and c.open_at < t.starts_at order by c.open_at desc limit 1)
    union all
    (select c.open, c.open_at from candles c
     where t.market = 'synthetic' and c.source_id = t.candle_source_id and c.symbol = s.symbol
       and c.open_at <= (select agonus_now()) order by c.open_at desc limit 1)) p
  where case when $1::uuid is null then t.status = 'live' and t.practice_of is null else t.id = $1 end) known
order by symbol, at desc`;

const OF_NEWEST_FILES = `
select s.symbol, trim_scale(p.close)::text as price, f.last_open_at + make_interval(secs => f.interval_seconds) as at,
  f.id as source, null as tournament_id
from (select * from candle_sources where kind = 'files' and whole order by created_at desc, id desc limit 1) f
cross join lateral unnest(f.symbols) as s(symbol)
join candles p on p.source_id = f.id and p.symbol = s.symbol and p.open_at = f.last_open_at
order by s.symbol`;

/** The newest price of each symbol in one tournament. Null means all live tournaments. */
export async function listPrices(query: Query, tournamentId: string | null): Promise<PriceRow[]> {
  return query<PriceRow>(PRICES_OF_TOURNAMENT, [tournamentId]);
}

/** The last close of each symbol in the newest imported candle source. */
export async function listFilePrices(query: Query): Promise<PriceRow[]> {
  return query<PriceRow>(OF_NEWEST_FILES);
}
