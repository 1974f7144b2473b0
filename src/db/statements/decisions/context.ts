/** The one read of a batch of decisions: the open round, its rules, and each entry's account and memory. */
import type { AgentKind } from "../../../core/agents/agent-kinds.ts";
import { limits } from "../../../core/limits.ts";
import type { MarketName } from "../../../core/venue-names.ts";
import type { OrderFate } from "../../../strategies/strategy.ts";
import type { Query } from "../../query.ts";

export interface EntryContext {
  readonly id: string;
  readonly agent_id: string;
  readonly agent_name: string;
  readonly strategy: string;
  readonly limits: Record<string, unknown> | null;
  readonly params: Record<string, unknown>;
  readonly thinking_seconds: number | null;
  readonly kind: AgentKind;
  readonly status: "active" | "withdrawn";
  readonly halted: boolean;
  readonly cash: string;
  readonly version: number;
  readonly recoveries: number;
  readonly trades_count: number;
  readonly closed_trades: number;
  readonly winning_trades: number;
  readonly fees: string;
  readonly joined_at: string;
  readonly positions: Record<string, string> | null;
  /** What became of the orders of its last decision before the open round; null after a hold. */
  readonly fills: OrderFate[] | null;
  readonly memory: Record<string, unknown> | null;
  /** details_hash of the decision stored for this round, if any. */
  readonly decided: string | null;
  /** Latest settled equity point, if any. */
  readonly point: {
    readonly equity: string;
    readonly rank: number | null;
    readonly max_drawdown: number;
    readonly returns_count: number;
    readonly returns_mean: number;
    readonly returns_m2: number;
  } | null;
}

export interface DecisionContext {
  readonly tournament_id: string;
  readonly status: string;
  readonly market: MarketName;
  /** The source of the open round's snapshot, else the tournament's own. */
  readonly candle_source_id: string;
  readonly source_interval_seconds: number;
  /** Seconds of the market's time in one of ours. */
  readonly market_clock: number;
  readonly symbols: string[];
  readonly interval_seconds: number;
  readonly starting_cash: string;
  readonly rules: Record<string, unknown>;
  /** The open round; null when none is open. */
  readonly round_id: string | null;
  readonly number: number | null;
  readonly due_ms: number | null;
  /** The time of agents from outside to answer is not up. */
  readonly takes_answers: boolean | null;
  /** Sorted by id. Without an open round too, for rehearsals. */
  readonly entries: EntryContext[];
}

// As JSON, so that the plan is kept: with a short array the statement is planned at each call.
const IDS = "array(select jsonb_array_elements_text($2::jsonb)::uuid)";

// It builds JSON, not JSONB: JSONB would sort the names of each object first, and the caller gets a text of it in any case.
//
// A last decision is by round, but looked for by time, which has the index: a clock that was set back, or stood, must not hide it.
const CONTEXT = `
with t as (select * from tournaments where id = $1),
r as (select r.* from rounds r where r.tournament_id = $1 and r.state = 'open'),
last as (select number from rounds where tournament_id = $1 and state = 'settled' order by number desc limit 1),
es as (
  select e.* from entries e where e.id = any(${IDS}) and e.tournament_id = $1),
held as (
  select entry_id, json_object_agg(symbol, trim_scale(quantity)::text) as positions
  from positions where entry_id = any(${IDS}) group by entry_id),
said as (
  select es.id as entry_id, l.round_id, l.number from es cross join lateral (
    select c.round_id, q.number
    from (select round_id from decisions where entry_id = es.id order by decided_at desc limit 3) c
    join rounds q on q.id = c.round_id where q.state <> 'open' order by q.number desc limit 1) l),
fates as (
  select s.entry_id, json_agg(json_build_object('round', s.number, 'seq', o.seq, 'side', o.side, 'symbol', o.symbol,
    'amount', trim_scale(o.amount)::text, 'state', o.state, 'code', o.code, 'quantity', trim_scale(x.quantity)::text,
    'price', trim_scale(x.price)::text, 'fee', trim_scale(x.fee)::text,
    'cash_change', trim_scale(x.cash_change)::text) order by o.seq) as fills
  from said s cross join lateral (select * from orders where round_id = s.round_id and entry_id = s.entry_id
    order by seq limit ${limits.ordersMax}) o
  left join trades x on x.round_id = o.round_id and x.entry_id = o.entry_id and x.seq = o.seq
  group by s.entry_id)
select t.id as tournament_id, t.status, t.market, s.id as candle_source_id, s.interval_seconds as source_interval_seconds, s.market_clock,
  t.symbols, t.interval_seconds, trim_scale(t.starting_cash)::text as starting_cash, t.rules,
  r.id as round_id, r.number, agonus_ms(r.due_at) as due_ms,
  agonus_now() < least(r.deadline_at, r.answers_until) as takes_answers,
  (select coalesce(json_agg(json_build_object(
     'id', e.id, 'agent_id', e.agent_id, 'agent_name', e.agent_name, 'strategy', e.strategy,
     'limits', e.limits, 'params', e.params, 'thinking_seconds', e.thinking_seconds, 'kind', e.kind, 'status', e.status,
     'halted', e.halted_at is not null, 'cash', trim_scale(e.cash)::text, 'version', e.version, 'recoveries', e.recoveries,
     'trades_count', e.trades_count, 'closed_trades', e.closed_trades, 'winning_trades', e.winning_trades,
     'fees', trim_scale(e.fees)::text, 'joined_at', e.joined_at,
     'positions', h.positions, 'fills', f.fills, 'memory', m.notes, 'decided', d.details_hash,
     'point', case when p.entry_id is null then null else json_build_object('equity', trim_scale(p.equity)::text,
       'rank', p.rank, 'max_drawdown', p.max_drawdown, 'returns_count', p.returns_count,
       'returns_mean', p.returns_mean, 'returns_m2', p.returns_m2) end) order by e.id), '[]')
   from es e
   left join held h on h.entry_id = e.id
   left join fates f on f.entry_id = e.id
   left join memories m on m.entry_id = e.id
   left join decisions d on d.round_id = r.id and d.entry_id = e.id
   left join equity_points p on p.tournament_id = t.id and p.round = (select number from last) and p.entry_id = e.id
   where r.id is null or (e.status = 'active' and e.first_round <= r.number
     and (e.last_round is null or e.last_round >= r.number))) as entries
from t left join r on true
join candle_sources s on s.id = coalesce((select source_id from snapshots where round_id = r.id), t.candle_source_id)`;

export async function readDecisionContext(
  query: Query,
  tournamentId: string,
  entryIds: readonly string[],
): Promise<DecisionContext | null> {
  const [row] = await query<DecisionContext & Record<string, unknown>>(CONTEXT, [
    tournamentId,
    JSON.stringify(entryIds),
  ]);
  return row ?? null;
}
