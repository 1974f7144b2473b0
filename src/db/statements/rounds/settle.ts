/** Settles a quoted round whose orders are all filled or refused: every participant's equity point and rank, at once. */
import type { Query } from "../../query.ts";

// Running figures come from the point of the last settled round, so nothing scans history: see core/metrics.ts.
const SETTLE = `
with done as (
  update rounds r set state = 'settled', settled_at = agonus_now()
  where r.id = $1 /* guard settle-state */ and r.state = 'quoted' /* end */
    /* guard settle-owed */ and not exists (select from orders o where o.round_id = r.id and o.state = 'open') /* end */
  returning r.id, r.tournament_id, r.number),
last as (
  select p.number from done join rounds p on p.tournament_id = done.tournament_id and p.state = 'settled' and p.number < done.number
  order by p.number desc limit 1),
valued as (
  select done.tournament_id, done.number, e.id, e.baseline, t.starting_cash,
    trunc(e.cash + coalesce((select sum(p.quantity * q.mid) from positions p
      join quotes q on q.round_id = done.id and q.symbol = p.symbol where p.entry_id = e.id), 0), 8) as equity
  from done join tournaments t on t.id = done.tournament_id
  join entries e on e.tournament_id = t.id and e.first_round <= done.number
    and (e.last_round is null or e.last_round >= done.number)),
ranked as (
  select v.*, case when v.baseline then null else rank() over (partition by v.baseline order by v.equity desc) end as place
  from valued v),
compared as (
  select r.*, coalesce(p.equity, r.starting_cash) as before, coalesce(p.peak, r.starting_cash) as peak_before,
    coalesce(p.max_drawdown, 0) as drawdown_before, coalesce(p.returns_count, 0) as n,
    coalesce(p.returns_mean, 0) as mean, coalesce(p.returns_m2, 0) as m2
  from ranked r left join equity_points p
    on p.tournament_id = r.tournament_id and p.round = (select number from last) and p.entry_id = r.id),
moved as (
  select c.*, (c.equity / nullif(c.before, 0) - 1)::float8 as change, greatest(c.peak_before, c.equity) as peak from compared c),
points as (
  insert into equity_points
  (tournament_id, round, entry_id, equity, rank, peak, max_drawdown, returns_count, returns_mean, returns_m2)
select tournament_id, number, id, equity, place, peak,
  least(drawdown_before, (equity / nullif(peak, 0) - 1)::float8),
  n + 1, mean + (coalesce(change, 0) - mean) / (n + 1),
  m2 + (coalesce(change, 0) - mean) * (coalesce(change, 0) - (mean + (coalesce(change, 0) - mean) / (n + 1)))
from moved)
select exists (select from done) as settled`;

const STATE = `select state from rounds where id = $1`;

/** True once the round is settled, by this call or another. */
export async function settleRound(query: Query, roundId: string): Promise<boolean> {
  const [mine] = await query<{ settled: boolean }>(SETTLE, [roundId]);
  if (mine?.settled) return true;
  const [row] = await query<{ state: string }>(STATE, [roundId]);
  return row?.state === "settled";
}
