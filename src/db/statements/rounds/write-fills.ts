/**
 * Stores a batch of fills. Fenced by the version that they were computed from: an entry that changed meanwhile does
 * not come back, and its caller reads and computes again. Trades, positions, lots and task rows follow from the
 * entries that this statement updated.
 */
import { defaultRetry, maxAttempts } from "../../../core/tasks/retry.ts";
import type { Query } from "../../query.ts";
import { taskOf } from "../tasks/of-key.ts";
import { storeHoldings } from "./holdings.ts";

export interface FillRow {
  readonly entry: string;
  readonly version: number;
  readonly cash: string;
  /** To add to the entry's totals. */
  readonly trades: number;
  readonly closed: number;
  readonly winning: number;
  readonly fees: string;
  readonly profit: string;
  readonly fills: readonly {
    readonly seq: number;
    readonly state: "filled" | "refused";
    readonly code: string | null;
    readonly trade_id: string;
    readonly side: string;
    readonly symbol: string;
    readonly quantity: string | null;
    readonly price: string | null;
    readonly fee: string | null;
    readonly cash_change: string | null;
    readonly realized_profit: string | null;
  }[];
  /** Rows that changed; quantity "0" removes. */
  readonly positions: readonly { readonly symbol: string; readonly quantity: string }[];
  readonly lots: readonly {
    readonly symbol: string;
    readonly round: number;
    readonly seq: number;
    readonly quantity: string;
    readonly cost: string;
  }[];
  readonly task_id: string;
  readonly args: Record<string, unknown>;
  readonly result: Record<string, unknown>;
}

const WRITE = `
with quoted as (
  select id, tournament_id from rounds where id = $1 /* guard fill-state */ and state = 'quoted' /* end */ for share),
batch as (
  select * from jsonb_to_recordset($2::jsonb) as f(entry uuid, version int, cash numeric, trades int, closed int, winning int,
    fees numeric, profit numeric, fills jsonb, positions jsonb, lots jsonb, task_id uuid, args jsonb, result jsonb)),
locked as (
  select e.id from entries e join batch b on b.entry = e.id /* guard fill-version */ and b.version = e.version /* end */
  where exists (select from quoted)
    /* guard fill-owed */ and exists (select from orders o where o.round_id = $1 and o.entry_id = e.id and o.state = 'open') /* end */
  order by e.id for no key update of e),
settled as (
  update entries e set cash = b.cash, version = e.version + 1, trades_count = e.trades_count + b.trades,
    closed_trades = e.closed_trades + b.closed, winning_trades = e.winning_trades + b.winning,
    fees = e.fees + b.fees, realized_profit = e.realized_profit + b.profit
  from batch b join locked l on l.id = b.entry
  where e.id = b.entry /* guard fill-version */ and e.version = b.version /* end */ returning e.id),
done as (select b.* from batch b join settled s on s.id = b.entry),
fills as (
  select d.entry, f.* from done d, jsonb_to_recordset(d.fills) as f(seq int, state text, code text, trade_id uuid, side text,
    symbol text, quantity numeric, price numeric, fee numeric, cash_change numeric, realized_profit numeric)),
filled as (
  update orders o set state = f.state, code = f.code, refused_at = case when f.state = 'refused' then 'fill' end
  from fills f where o.round_id = $1 and o.entry_id = f.entry and o.seq = f.seq /* guard fill-open */ and o.state = 'open' /* end */
  returning o.entry_id, o.seq, o.state),
traded as (
  insert into trades (round_id, entry_id, seq, tournament_id, id, side, symbol, quantity, price, fee, cash_change, realized_profit)
  select $1, f.entry, f.seq, (select tournament_id from quoted), f.trade_id, f.side, f.symbol, f.quantity, f.price, f.fee,
    f.cash_change, f.realized_profit
  from fills f join filled u on u.entry_id = f.entry and u.seq = f.seq and u.state = 'filled'),
${storeHoldings("done d", "d.entry")},
requested as (
  select d.entry, d.task_id, t.correlation_id from done d
  cross join lateral ${taskOf("agonus_decision_key($1, d.entry)")} t where t.correlation_id is not null),
logged as (
  insert into tasks (id, name, queue, state, args, result, attempt, max_attempts, progress, tournament_id, entry_id, due_at,
    started_at, finished_at, history, correlation_id)
  select d.task_id, 'execute_agent_trade', 'trading', 'SUCCESS', d.args, d.result, 1, ${maxAttempts(defaultRetry)}, 1, (select tournament_id from quoted),
    d.entry, agonus_now(), agonus_now(), agonus_now(),
    agonus_history('[]', 'SUCCESS', 1, 'filled in its round''s batch', $3), coalesce(q.correlation_id, $4)
  from done d left join requested q on q.entry = d.entry)
select exists (select from quoted) as quoted, (select coalesce(jsonb_agg(id), '[]') from settled) as settled,
  (select coalesce(jsonb_agg(jsonb_build_object('task_id', task_id, 'attempt', 1, 'correlation_id', correlation_id)), '[]')
    from requested) as requested`;

/** A fill's finished row, on behalf of the request that had asked for the decision. */
export type RequestedTask = { readonly task_id: string; readonly attempt: number; readonly correlation_id: string };

export interface FillsWritten {
  readonly quoted: boolean;
  readonly settled: readonly string[];
  /** Tasks of entries whose decision a request had asked for. Their fills carry its correlation id. */
  readonly requested: readonly RequestedTask[];
}

/** Entries that were settled; `fills` must be sorted by entry, or batches deadlock. */
export async function writeFills(
  query: Query,
  roundId: string,
  fills: readonly FillRow[],
  by: string,
  correlationId: string | null,
): Promise<FillsWritten> {
  const [row] = await query<{ quoted: boolean; settled: string[]; requested: RequestedTask[] }>(WRITE, [
    roundId,
    JSON.stringify(fills),
    by,
    correlationId,
  ]);
  return row ?? { quoted: false, settled: [], requested: [] };
}
