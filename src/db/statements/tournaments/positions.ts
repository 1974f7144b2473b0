/** The positions of entries, valued at the last known prices. */
import type { Query } from "../../query.ts";
import { PRICES_OF_TOURNAMENT } from "../markets/list-prices.ts";

export type PositionsRow = {
  id: string;
  agent_id: string;
  agent: string;
  baseline: boolean;
  cash: string;
  equity: string;
  positions: {
    side: "long";
    symbol: string;
    quantity: string;
    cost: string;
    price: string | null;
    notional: string | null;
    unrealised: string | null;
  }[];
};

const POSITIONS = `
with known as (${PRICES_OF_TOURNAMENT}),
page as (
  select id, agent_id, agent_name, baseline, cash from entries
  where tournament_id = $1 and ($2::uuid is null or agent_id = $2) and ($3::uuid is null or id > $3) order by id limit $4)
select page.id, page.agent_id, page.agent_name as agent, page.baseline, trim_scale(page.cash)::text as cash,
  trim_scale(trunc(page.cash + coalesce(h.value, 0), 8))::text as equity, coalesce(h.positions, '[]') as positions
from page left join lateral (
  select sum(p.quantity * k.price::numeric) as value, jsonb_agg(jsonb_build_object('side', 'long', 'symbol', p.symbol,
    'quantity', trim_scale(p.quantity)::text, 'cost', trim_scale(c.cost)::text, 'price', k.price,
    'notional', trim_scale(trunc(p.quantity * k.price::numeric, 8))::text,
    'unrealised', trim_scale(trunc(p.quantity * k.price::numeric, 8) - c.cost)::text) order by p.symbol) as positions
  from positions p
  left join known k on k.symbol = p.symbol
  cross join lateral (
    select coalesce(sum(l.cost), 0) as cost from lots l where l.entry_id = p.entry_id and l.symbol = p.symbol) c
  where p.entry_id = page.id) h on true
order by page.id`;

/** `after`: only entry ids above this one. */
export async function listPositions(
  query: Query,
  tournamentId: string,
  agentId: string | null,
  after: string | null,
  limit: number,
): Promise<PositionsRow[]> {
  return query<PositionsRow>(POSITIONS, [tournamentId, agentId, after, limit]);
}
