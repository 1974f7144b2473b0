/** The running figures of equities that follow one another, by the expressions that settle a single round. */
import type { Query } from "../../query.ts";

export interface PointAsked {
  readonly entry_id: string;
  /** One a round, in order. Decimal strings. */
  readonly equities: readonly string[];
}

export interface BlockPoint {
  readonly entry_id: string;
  /** From 1: its place in `equities`. */
  readonly step: number;
  readonly peak: string;
  readonly max_drawdown: number;
  readonly returns_count: number;
  readonly returns_mean: number;
  readonly returns_m2: number;
}

// The same arithmetic as in rounds/settle.ts, so that the last bits agree. A test compares both.
const POINTS = `
with recursive asked as (
  select entry_id, array(select jsonb_array_elements_text(equities)::numeric(28, 8)) as list
  from jsonb_to_recordset($2::jsonb) as a(entry_id uuid, equities jsonb)),
last as (select number from rounds where tournament_id = $1 and state = 'settled' order by number desc limit 1),
walk as (
  select a.entry_id, a.list, 0 as step, coalesce(p.equity, t.starting_cash) as equity, coalesce(p.peak, t.starting_cash) as peak,
    coalesce(p.max_drawdown, 0) as max_drawdown, coalesce(p.returns_count, 0) as n,
    coalesce(p.returns_mean, 0) as mean, coalesce(p.returns_m2, 0) as m2
  from asked a cross join tournaments t left join equity_points p
    on p.tournament_id = t.id and p.round = (select number from last) and p.entry_id = a.entry_id
  where t.id = $1
  union all
  select w.entry_id, w.list, w.step + 1, x.equity, x.peak,
    least(w.max_drawdown, (x.equity / nullif(x.peak, 0) - 1)::float8),
    w.n + 1, w.mean + (coalesce(x.change, 0) - w.mean) / (w.n + 1),
    w.m2 + (coalesce(x.change, 0) - w.mean) * (coalesce(x.change, 0) - (w.mean + (coalesce(x.change, 0) - w.mean) / (w.n + 1)))
  from walk w cross join lateral (
    select w.list[w.step + 1] as equity, greatest(w.peak, w.list[w.step + 1]) as peak,
      (w.list[w.step + 1] / nullif(w.equity, 0) - 1)::float8 as change) x
  where w.step < cardinality(w.list))
select entry_id, step, trim_scale(peak)::text as peak, max_drawdown, n as returns_count, mean as returns_mean, m2 as returns_m2
from walk where step > 0`;

/** A row for each entry and equity. They go on from each entry's last settled point. */
export async function readBlockPoints(
  query: Query,
  tournamentId: string,
  asked: readonly PointAsked[],
): Promise<BlockPoint[]> {
  return query<BlockPoint & Record<string, unknown>>(POINTS, [tournamentId, JSON.stringify(asked)]);
}
