/**
 * Stores a block of settled rounds, whole or not at all. Under the lock of the tournament's row: the tournament is live, the
 * first round is the next one, nothing else is under way, and each participant's version is still the one that was read.
 */
import type { Figures } from "../../../core/tasks/decided.ts";
import { decisionRetry, defaultRetry, maxAttempts } from "../../../core/tasks/retry.ts";
import { databaseFault, sqlState } from "../../errors.ts";
import type { Query } from "../../query.ts";
import { storeHoldings } from "../rounds/holdings.ts";
import type { FillRow } from "../rounds/write-fills.ts";

export interface BlockRound {
  readonly id: string;
  readonly number: number;
  readonly due_ms: number;
  readonly hash: string;
  readonly candles: Readonly<Record<string, unknown>>;
  readonly quotes: readonly {
    readonly symbol: string;
    readonly bid: string;
    readonly ask: string;
    readonly mid: string;
    readonly filled?: boolean;
  }[];
}

/** A participant's state after the block. */
export interface BlockEntry {
  readonly entry: string;
  /** As read. */
  readonly version: number;
  /** By how much the block raises it. */
  readonly raises: number;
  readonly cash: string;
  /** To add to the totals. */
  readonly trades: number;
  readonly closed: number;
  readonly winning: number;
  readonly fees: string;
  readonly profit: string;
  readonly positions: FillRow["positions"];
  readonly lots: FillRow["lots"];
  /** Null: as it was. */
  readonly memory: Readonly<Record<string, unknown>> | null;
  readonly memory_round: number | null;
}

export interface BlockDecision {
  readonly round_id: string;
  readonly entry: string;
  readonly outcome: "made" | "held";
  readonly version: number;
  readonly details_hash: string;
  readonly reasoning: string;
  readonly confidence: number;
  readonly order_count: number;
  readonly task_id: string;
  readonly figures: Figures;
}

export interface BlockOrder {
  readonly round_id: string;
  readonly entry: string;
  readonly seq: number;
  readonly side: string;
  readonly symbol: string;
  readonly amount: string;
  readonly confidence: number | null;
  readonly state: "filled" | "refused";
  readonly code: string | null;
  readonly refused_at: "decision" | "fill" | null;
  /** Null where it was refused. */
  readonly trade_id: string | null;
  readonly quantity: string | null;
  readonly price: string | null;
  readonly fee: string | null;
  readonly cash_change: string | null;
  readonly realized_profit: string | null;
}

/** The finished task of a round's fills. */
export interface BlockFill {
  readonly round_id: string;
  readonly entry: string;
  readonly task_id: string;
  readonly round: number;
  readonly result: Readonly<Record<string, unknown>>;
}

export interface BlockEquity {
  readonly round: number;
  readonly entry: string;
  readonly equity: string;
  readonly rank: number | null;
  readonly peak: string;
  readonly max_drawdown: number;
  readonly returns_count: number;
  readonly returns_mean: number;
  readonly returns_m2: number;
}

export interface Block {
  readonly tournamentId: string;
  readonly rounds: readonly BlockRound[];
  /** All participants of each round, sorted. */
  readonly entries: readonly BlockEntry[];
  readonly decisions: readonly BlockDecision[];
  readonly orders: readonly BlockOrder[];
  readonly fills: readonly BlockFill[];
  readonly equities: readonly BlockEquity[];
  readonly answerSeconds: number;
  /** How long one decision took, in milliseconds: a block measures them together. */
  readonly runMs: number;
  readonly by: string;
}

// The functions read anew under the lock. A round that was opened meanwhile is the next one no more.
//
// A round's rows say when it was stored. Rounds of a block are a microsecond apart, so that their order can be told by time.
const WRITE = `
with t as (
  select id from tournaments where id = $1 /* guard block-live */ and status = 'live' /* end */ for no key update),
fits as (
  select t.id from t
  where /* guard block-next */ agonus_next_round(t.id) = $2::int /* end */
    and /* guard block-participants */ agonus_participants(t.id, $2::int) = $3::int /* end */
    and not exists (select from queue_controls where queue in ('agents', 'trading') and paused_at is not null)),
fresh as (
  select e.id, b.* from entries e
  join jsonb_to_recordset($5::jsonb) as b(entry uuid, version int, raises int, cash numeric, trades int, closed int, winning int,
    fees numeric, profit numeric, positions jsonb, lots jsonb, memory jsonb, memory_round int)
    on b.entry = e.id /* guard block-version */ and b.version = e.version /* end */
  where exists (select from fits) and e.status = 'active' order by e.id for no key update of e),
ok as materialized (
  select n.now, to_jsonb($11::text) as decided,
    agonus_history('[]', 'SUCCESS', 1, 'filled in its round''s batch', $11) as filled
  from (select agonus_now() as now offset 0) n
  where exists (select from fits) /* guard block-whole */ and (select count(*) from fresh) = $3::int /* end */),
given as materialized (
  select r.*, ok.now - make_interval(secs => ($2::int + $4::int - 1 - r.number) * 1e-6) as at
  from ok, jsonb_to_recordset($6::jsonb) as r(id uuid, number int, due_ms float8, hash text, candles jsonb, quotes jsonb)),
settled as (
  insert into rounds (id, tournament_id, number, state, due_at, deadline_at, participants, opened_at, closed_at, quoted_at,
    settled_at, answers_until, watched_at)
  select id, $1, number, 'settled', to_timestamp(due_ms / 1000), 'infinity', $3, at, at, at, at,
    at + make_interval(secs => $12::int), at
  from given),
frozen as (insert into snapshots (round_id, hash, candles, created_at) select id, hash, candles, at from given),
quoted as (
  insert into quotes (round_id, symbol, bid, ask, mid, filled)
  select g.id, q.symbol, q.bid, q.ask, q.mid, coalesce(q.filled, false) from given g,
    jsonb_to_recordset(g.quotes) as q(symbol text, bid numeric, ask numeric, mid numeric, filled boolean)),
said as materialized (
  select d.*, g.at, g.number as round from ok, jsonb_to_recordset($7::jsonb) as d(round_id uuid, entry uuid, outcome text, version int, details_hash text,
    reasoning text, confidence float8, order_count int, task_id uuid, figures jsonb) join given g on g.id = d.round_id),
decided as (
  insert into decisions (round_id, entry_id, outcome, order_count, version, details_hash, decided_at)
  select round_id, entry, outcome, order_count, version, details_hash, at from said),
detailed as (
  insert into decision_details (round_id, entry_id, reasoning, confidence) select round_id, entry, reasoning, confidence from said),
asked as materialized (
  select o.*, g.at from ok, jsonb_to_recordset($8::jsonb) as o(round_id uuid, entry uuid, seq int, side text, symbol text, amount numeric,
    confidence float8, state text, code text, refused_at text, trade_id uuid, quantity numeric, price numeric, fee numeric,
    cash_change numeric, realized_profit numeric) join given g on g.id = o.round_id),
ordered as (
  insert into orders (round_id, entry_id, seq, side, symbol, amount, confidence, state, code, refused_at)
  select round_id, entry, seq, side, symbol, amount, confidence, state, code, refused_at from asked),
traded as (
  insert into trades (round_id, entry_id, seq, tournament_id, id, side, symbol, quantity, price, fee, cash_change, realized_profit, filled_at)
  select round_id, entry, seq, $1, trade_id, side, symbol, quantity, price, fee, cash_change, realized_profit, at
  from asked where state = 'filled'),
marked as (
  insert into equity_points (tournament_id, round, entry_id, equity, rank, peak, max_drawdown, returns_count, returns_mean, returns_m2)
  select $1, p.round, p.entry, p.equity, p.rank, p.peak, p.max_drawdown, p.returns_count, p.returns_mean, p.returns_m2
  from ok, jsonb_to_recordset($10::jsonb) as p(round int, entry uuid, equity numeric, rank int, peak numeric, max_drawdown float8,
    returns_count int, returns_mean float8, returns_m2 float8)),
moved as (
  update entries e set cash = f.cash, version = e.version + f.raises, trades_count = e.trades_count + f.trades,
    closed_trades = e.closed_trades + f.closed, winning_trades = e.winning_trades + f.winning,
    fees = e.fees + f.fees, realized_profit = e.realized_profit + f.profit, misses = 0
  from ok, fresh f where e.id = f.id),
${storeHoldings("ok, fresh d", "d.id")},
remembered as (
  insert into memories (entry_id, notes, round)
  select f.id, f.memory, f.memory_round from ok, fresh f where f.memory_round is not null
  on conflict (entry_id) do update set notes = excluded.notes, round = excluded.round),
logged as (
  insert into tasks (id, name, queue, state, round, args, result, attempt, max_attempts, progress, tournament_id, entry_id, due_at,
    created_at, started_at, finished_at, history)
  select s.task_id, 'run_agent_decision', 'agents', 'SUCCESS', s.round, null, s.figures, 1,
    ${maxAttempts(decisionRetry)}, 1, $1, s.entry, s.at,
    s.at - make_interval(secs => $13::float8 / 1000), s.at - make_interval(secs => $13::float8 / 1000), s.at, ok.decided
  from ok, said s
  union all
  select f.task_id, 'execute_agent_trade', 'trading', 'SUCCESS', null,
    jsonb_build_object('tournament_id', $1::text, 'agent_id', e.agent_id, 'round', f.round), f.result, 1,
    ${maxAttempts(defaultRetry)}, 1, $1, f.entry, g.at, g.at, g.at, g.at, ok.filled
  from ok, jsonb_to_recordset($9::jsonb) as f(round_id uuid, entry uuid, task_id uuid, round int, result jsonb)
  join given g on g.id = f.round_id join entries e on e.id = f.entry)
select exists (select from ok) as stored`;

/** Another caller played one of the rounds: the rows say so, as the unique keys do. */
const UNIQUE_VIOLATION = "23505";

/**
 * "lost": something changed since the block's start was read, and nothing was stored. "bad": a row of it can't be stored, so
 * its rounds are played singly, where such a row fails alone.
 */
export async function writeBlock(query: Query, block: Block): Promise<"stored" | "lost" | "bad"> {
  try {
    const [row] = await query<{ stored: boolean }>(WRITE, [
      block.tournamentId,
      block.rounds[0]?.number ?? 0,
      block.entries.length,
      block.rounds.length,
      JSON.stringify(block.entries),
      JSON.stringify(block.rounds),
      JSON.stringify(block.decisions),
      JSON.stringify(block.orders),
      JSON.stringify(block.fills),
      JSON.stringify(block.equities),
      block.by,
      block.answerSeconds,
      block.runMs,
    ]);
    return row?.stored ? "stored" : "lost";
  } catch (error) {
    if (sqlState(error) === UNIQUE_VIOLATION) return "lost";
    if (databaseFault(error) === "bad_row") return "bad";
    throw error;
  }
}
