/** What an open round shows each of these entries, without its market: one statement for all who ask at the same time. */
import type { Query } from "../../query.ts";

export type RoundPageRow = {
  entry_id: string;
  halted: boolean;
  tournament_id: string;
  tournament: string;
  interval_seconds: number;
  rules_hash: string;
  market: string;
  /** The source of the round's candles. */
  candle_source_id: string;
  source_interval_seconds: number;
  symbols: string[];
  starting_cash: string;
  round_id: string;
  number: number;
  due_ms: number;
  deadline_ms: number;
  now_ms: number;
  snapshot_hash: string;
  cash: string;
  positions: { symbol: string; quantity: string; cost: string }[];
  limits: Record<string, unknown> | null;
  rank: number | null;
  ranked: number;
  /** At the last settled round. Null before it. */
  equity: string | null;
  last_trades: {
    round: number;
    side: "buy" | "sell";
    symbol: string;
    quantity: string;
    price: string;
    fee: string;
    filled_at: string;
  }[];
  last_decision: { round: number; outcome: "made" | "held"; reasoning: string | null; decided_at: string } | null;
  notes: Record<string, unknown> | null;
};

const TRADES_REMEMBERED = 5;
const REASONING_CHARS = 500;

// A live round closes at its deadline, a replay's round waits for answers until answers_until. A model has its own time there.
const PAGES = `
with asked as materialized (
  select e.* from jsonb_array_elements_text($1::jsonb) as a(id) join entries e on e.id = a.id::uuid and e.status = 'active'),
settled as materialized (
  select f.tournament_id, l.number, (select count(*) from equity_points z where z.tournament_id = f.tournament_id
    and z.round = l.number and z.rank is not null)::int as ranked
  from (select distinct tournament_id from asked) f
  cross join lateral (select number from rounds where tournament_id = f.tournament_id and state = 'settled'
    order by number desc limit 1) l)
select e.id as entry_id, e.halted_at is not null as halted, t.id as tournament_id, t.name as tournament, t.interval_seconds, t.rules_hash, t.market, s.id as candle_source_id,
  s.interval_seconds as source_interval_seconds, t.symbols, trim_scale(t.starting_cash)::text as starting_cash,
  r.id as round_id, r.number, agonus_ms(r.due_at) as due_ms, agonus_ms(least(r.deadline_at, r.answers_until)) as deadline_ms,
  agonus_ms(agonus_now()) as now_ms, f.hash as snapshot_hash, trim_scale(e.cash)::text as cash,
  coalesce(p.positions, '[]') as positions, e.limits, q.rank, coalesce(l.ranked, 0) as ranked, trim_scale(q.equity)::text as equity,
  coalesce(x.trades, '[]') as last_trades, d.decision as last_decision, m.notes
from asked e
join tournaments t on t.id = e.tournament_id
join rounds r on r.tournament_id = t.id and r.state = 'open' and agonus_now() < case when e.kind = 'llm' then r.deadline_at else least(r.deadline_at, r.answers_until) end
  and e.first_round <= r.number and (e.last_round is null or e.last_round >= r.number)
join snapshots f on f.round_id = r.id
join candle_sources s on s.id = coalesce(f.source_id, t.candle_source_id)
left join memories m on m.entry_id = e.id
left join lateral (
  select jsonb_agg(jsonb_build_object('symbol', h.symbol, 'quantity', trim_scale(h.quantity)::text,
    'cost', trim_scale(coalesce(c.cost, 0))::text) order by h.symbol) as positions
  from positions h
  left join lateral (select sum(cost) as cost from lots where entry_id = h.entry_id and symbol = h.symbol) c on true
  where h.entry_id = e.id) p on true
left join settled l on l.tournament_id = t.id
left join equity_points q on q.tournament_id = t.id and q.round = l.number and q.entry_id = e.id
left join lateral (
  select jsonb_agg(jsonb_build_object('round', y.round, 'side', y.side, 'symbol', y.symbol,
    'quantity', trim_scale(y.quantity)::text, 'price', trim_scale(y.price)::text, 'fee', trim_scale(y.fee)::text,
    'filled_at', y.filled_at) order by y.id desc) as trades
  from (select v.*, w.number as round from trades v join rounds w on w.id = v.round_id
    where v.entry_id = e.id order by v.id desc limit ${TRADES_REMEMBERED}) y) x on true
left join lateral (
  select jsonb_build_object('round', w.number, 'outcome', v.outcome,
    'reasoning', left(n.reasoning, ${REASONING_CHARS}), 'decided_at', v.decided_at) as decision
  from decisions v join rounds w on w.id = v.round_id
  left join decision_details n on n.round_id = v.round_id and n.entry_id = v.entry_id
  where v.entry_id = e.id order by v.decided_at desc limit 1) d on true
where not exists (select from decisions g where g.round_id = r.id and g.entry_id = e.id)`;

/** Each in its place. Null for an entry that has decided, or takes part in no open round. */
export async function readRoundPages(query: Query, entryIds: readonly string[]): Promise<(RoundPageRow | null)[]> {
  const rows = await query<RoundPageRow>(PAGES, [JSON.stringify([...new Set(entryIds)])]);
  const byEntry = new Map(rows.map((row) => [row.entry_id, row]));
  return entryIds.map((id) => byEntry.get(id) ?? null);
}
