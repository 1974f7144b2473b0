/** What a batch of fills is computed from: stored rows only (account, lots, open orders, quote, rules). */
import type { Lot, Quote } from "../../../core/account.ts";
import type { AcceptedOrder } from "../../../core/fills.ts";
import type { MarketName } from "../../../core/venue-names.ts";
import type { Query } from "../../query.ts";

export interface FillEntry {
  readonly id: string;
  readonly agent_id: string;
  readonly version: number;
  readonly cash: string;
  readonly fees: string;
  readonly realized_profit: string;
  readonly positions: Record<string, string>;
  readonly lots: Lot[];
  /** Open ones, by seq. */
  readonly orders: AcceptedOrder[];
}

export interface FillContext {
  readonly tournament_id: string;
  readonly number: number;
  readonly market: MarketName;
  readonly rules: Record<string, unknown>;
  readonly quote: Quote;
  /** Sorted by id; only entries that are owed a fill. */
  readonly entries: FillEntry[];
}

// Account and lots are looked up entry by entry: with old figures of these tables the planner reads all lots once for each of them.
const CONTEXT = `
with r as (select * from rounds where id = $1 and state = 'quoted'),
owed as (
  select o.entry_id, json_agg(json_build_object('seq', o.seq, 'side', o.side, 'symbol', o.symbol,
    'amount', trim_scale(o.amount)::text) order by o.seq) as orders,
    array_agg(o.symbol) filter (where o.side = 'sell') as sold
  from orders o join r on r.id = o.round_id
  where o.state = 'open' and o.entry_id = any(array(select jsonb_array_elements_text($2::jsonb)::uuid)) group by o.entry_id)
select r.tournament_id, r.number, t.market, t.rules,
  (select json_object_agg(q.symbol, json_build_object('bid', q.bid::text, 'ask', q.ask::text, 'mid', q.mid::text,
     'filled', q.filled))
   from quotes q where q.round_id = r.id) as quote,
  (select coalesce(json_agg(json_build_object('id', e.id, 'agent_id', e.agent_id, 'version', e.version,
     'cash', trim_scale(e.cash)::text, 'fees', trim_scale(e.fees)::text, 'realized_profit', trim_scale(e.realized_profit)::text,
     'positions', coalesce(h.positions, '{}'), 'lots', coalesce(b.lots, '[]'),
     'orders', o.orders) order by e.id), '[]')
   from owed o join entries e on e.id = o.entry_id
   cross join lateral (select json_object_agg(symbol, trim_scale(quantity)::text) as positions from positions where entry_id = e.id) h
   cross join lateral (select json_agg(json_build_object('symbol', symbol, 'round', round, 'seq', seq,
       'quantity', trim_scale(quantity)::text, 'cost', trim_scale(cost)::text) order by round, seq) as lots
     from lots where entry_id = e.id and symbol = any(o.sold)) b) as entries
from r join tournaments t on t.id = r.tournament_id`;

/** Null when the round is no longer quoted: settled by another, or its tournament cancelled. */
export async function readFillContext(
  query: Query,
  roundId: string,
  entryIds: readonly string[],
): Promise<FillContext | null> {
  const [row] = await query<FillContext & Record<string, unknown>>(CONTEXT, [roundId, JSON.stringify(entryIds)]);
  return row ?? null;
}
