/**
 * Reads what the ledger check needs. Each answer comes from one statement, and so from one moment of the database: a settlement
 * that runs meanwhile can't make accounts look newer than their rounds.
 */
import type { Query } from "../db/query.ts";
import type { Head, Page } from "./rows.ts";

const list = (fields: string, from: string, order: string) =>
  `(select coalesce(jsonb_agg(jsonb_build_object(${fields}) order by ${order}), '[]') from ${from})`;
const micros = (column: string) => `(extract(epoch from ${column}) * 1000000)::bigint`;

/** Reads from the CTEs `t` (the tournament) and `r` (its rounds in question). */
const page = `jsonb_build_object(
  'rounds', ${list(
    `'id', r.id, 'number', r.number, 'state', r.state, 'skip_reason', r.skip_reason, 'due', ${micros("r.due_at")}, 'participants', r.participants,
     'details_dropped', r.details_dropped_at is not null`,
    "r",
    "r.number",
  )},
  'snapshots', ${list("'round', s.round_id, 'candles', s.candles", "r join snapshots s on s.round_id = r.id", "r.number")},
  'quotes', ${list(
    `'round', q.round_id, 'symbol', q.symbol, 'bid', q.bid::text, 'ask', q.ask::text, 'mid', q.mid::text, 'filled', q.filled,
     'venue', q.venue`,
    "r join quotes q on q.round_id = r.id",
    "r.number, q.symbol",
  )},
  'decisions', ${list(
    "'round', d.round_id, 'entry', d.entry_id, 'outcome', d.outcome, 'order_count', d.order_count, 'version', d.version",
    "r join decisions d on d.round_id = r.id",
    "r.number, d.entry_id",
  )},
  'details', ${list(
    "'round', x.round_id, 'entry', x.entry_id",
    "r join decision_details x on x.round_id = r.id",
    "r.number, x.entry_id",
  )},
  'orders', ${list(
    `'round', o.round_id, 'entry', o.entry_id, 'seq', o.seq, 'side', o.side, 'symbol', o.symbol,
     'amount', o.amount::text, 'state', o.state, 'code', o.code, 'refused_at', o.refused_at`,
    "r join orders o on o.round_id = r.id",
    "r.number, o.entry_id, o.seq",
  )},
  'trades', ${list(
    `'round', f.round_id, 'entry', f.entry_id, 'seq', f.seq, 'tournament', f.tournament_id, 'side', f.side,
     'symbol', f.symbol, 'quantity', f.quantity::text, 'price', f.price::text, 'fee', f.fee::text,
     'cash_change', f.cash_change::text, 'realized_profit', f.realized_profit::text`,
    "r join trades f on f.round_id = r.id",
    "r.number, f.entry_id, f.seq",
  )},
  'equity', ${list(
    `'round', p.round, 'entry', p.entry_id, 'equity', p.equity::text, 'rank', p.rank, 'peak', p.peak::text,
     'max_drawdown', p.max_drawdown, 'returns_count', p.returns_count, 'returns_mean', p.returns_mean,
     'returns_m2', p.returns_m2`,
    "r join equity_points p on p.tournament_id = r.tournament_id and p.round = r.number",
    "p.round, p.entry_id",
  )},
  'candles', ${list(
    `'round', r.id, 'symbol', s.symbol, 'source', o.id, 'base_seconds', o.interval_seconds, 'fill_open', f.open::text, 'fill_filled', f.filled, 'count', w.count, 'last_open', w.last_open,
     'open', w.open::text, 'high', w.high::text, 'low', w.low::text, 'close', w.close::text, 'volume', w.volume::text`,
    `r cross join t cross join unnest(t.symbols) s(symbol)
      left join snapshots n on n.round_id = r.id
      left join candle_sources o on o.id = coalesce(n.source_id, t.candle_source_id)
      left join candles f on f.source_id = o.id and f.symbol = s.symbol and f.open_at = r.due_at
      left join lateral (
        select count(*) as count, ${micros("max(c.open_at)")} as last_open, max(c.high) as high, min(c.low) as low,
               sum(c.volume) as volume, (array_agg(c.open order by c.open_at))[1] as open,
               (array_agg(c.close order by c.open_at desc))[1] as close
          from candles c
         where c.source_id = o.id and c.symbol = s.symbol and c.open_at < r.due_at
           and c.open_at >= r.due_at - make_interval(secs => t.interval_seconds)) w on true
     where n.round_id is not null
        or r.state in ('open', 'closed', 'quoted', 'settled')`,
    "r.number, s.symbol",
  )}
)`;

const headText = `
with t as materialized (select * from tournaments where id = $1),
     l as materialized (
       select coalesce(max(number), -1) as number from rounds where tournament_id = $1 and state = 'settled'),
     r as materialized (select r.* from rounds r, l where r.tournament_id = $1 and r.number > l.number)
select jsonb_build_object(
  'tournament', (select jsonb_build_object(
      'id', t.id, 'name', t.name, 'status', t.status, 'market', t.market, 'source', t.candle_source_id, 'base_seconds', c.interval_seconds,
      'symbols', t.symbols, 'interval_seconds', t.interval_seconds, 'starts', ${micros("t.starts_at")},
      'ends', ${micros("t.ends_at")}, 'starting_cash', t.starting_cash::text, 'rules', t.rules,
      'winner', t.winner_entry_id, 'last_settled', l.number)
    from l, t left join candle_sources c on c.id = t.candle_source_id),
  'entries', ${list(
    `'id', e.id, 'name', e.agent_name, 'agent_id', e.agent_id,
     'has_agent', exists (select from agents a where a.id = e.agent_id), 'baseline', e.baseline, 'limits', e.limits,
     'first_round', e.first_round, 'last_round', e.last_round, 'cash', e.cash::text, 'version', e.version,
     'recoveries', e.recoveries, 'trades_count', e.trades_count, 'closed_trades', e.closed_trades,
     'winning_trades', e.winning_trades, 'fees', e.fees::text, 'realized_profit', e.realized_profit::text`,
    "entries e where e.tournament_id = $1",
    "e.agent_name",
  )},
  'positions', ${list(
    "'entry', p.entry_id, 'symbol', p.symbol, 'quantity', p.quantity::text",
    "entries e join positions p on p.entry_id = e.id where e.tournament_id = $1",
    "e.agent_name, p.symbol",
  )},
  'lots', ${list(
    `'entry', b.entry_id, 'symbol', b.symbol, 'round', b.round, 'seq', b.seq, 'quantity', b.quantity::text,
     'cost', b.cost::text`,
    "entries e join lots b on b.entry_id = e.id where e.tournament_id = $1",
    "e.agent_name, b.symbol, b.round, b.seq",
  )},
  'tail', ${page}) as head`;

const pageText = `
with t as materialized (select * from tournaments where id = $1),
     r as materialized (
       select * from rounds where tournament_id = $1 and number > $2 and number <= $3 order by number limit $4)
select ${page} as page`;

export async function readHead(query: Query, tournamentId: string): Promise<Head> {
  const [row] = await query<{ head: Head }>(headText, [tournamentId]);
  if (!row) throw new Error("the head of a tournament came back without a row");
  return row.head;
}

/** At most `limit` rounds with after < number ≤ upTo. Settled rounds never change, so pages agree with the head. */
export async function readPage(
  query: Query,
  tournamentId: string,
  after: number,
  upTo: number,
  limit: number,
): Promise<Page> {
  const [row] = await query<{ page: Page }>(pageText, [tournamentId, after, upTo, limit]);
  if (!row) throw new Error("a page of rounds came back without a row");
  return row.page;
}

export async function listTournaments(query: Query): Promise<{ id: string; name: string; status: string }[]> {
  return query("select id::text, name, status from tournaments order by id");
}
