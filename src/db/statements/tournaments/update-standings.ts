/** Live standings between rounds: equity at the last price, ranks, and only the rows that changed and can be stored. */
import { AMOUNT_BOUND } from "../../../core/column-bounds.ts";
import type { Query } from "../../query.ts";

// The last price: the synthetic market's is the open of the newest candle that has opened; else it is the last quote.
const UPDATE = `
with t as (select * from tournaments where id = $1),
quoted as (
  select id from rounds where tournament_id = $1 and state in ('quoted', 'settled') order by number desc limit 1),
prices as (
  select s.symbol, case when t.market <> 'synthetic' then (select mid from quotes q where q.round_id = (select id from quoted) and q.symbol = s.symbol)
    else (select c.open from candles c where c.source_id = t.candle_source_id and c.symbol = s.symbol
      and c.open_at <= agonus_now() order by c.open_at desc limit 1) end as price
  from t, unnest(t.symbols) s(symbol)),
valued as (
  select e.id, e.baseline, trunc(e.cash + coalesce((select sum(p.quantity * x.price) from positions p
    join prices x on x.symbol = p.symbol where p.entry_id = e.id), 0), 8) as equity
  from entries e where e.tournament_id = $1 and e.status = 'active' and not exists (select from prices where price is null)),
ranked as (
  select v.*, case when baseline then null else rank() over (partition by baseline order by equity desc) end as place from valued v)
insert into standings as s (entry_id, tournament_id, rank, previous_rank, equity, marked_at)
select id, $1, place, null, equity, agonus_now() from ranked where equity < ${AMOUNT_BOUND} order by id
on conflict (entry_id) do update set rank = excluded.rank, equity = excluded.equity, marked_at = excluded.marked_at,
  previous_rank = case when s.rank is distinct from excluded.rank then s.rank else s.previous_rank end
where s.rank is distinct from excluded.rank or s.equity <> excluded.equity
returning s.entry_id`;

/** How many standings changed. */
export async function updateStandings(query: Query, tournamentId: string): Promise<number> {
  return (await query(UPDATE, [tournamentId])).length;
}
