/**
 * Every way in which one row of the ledger can be wrong by its last digit, or be missing. `tryMutation` works on any
 * database that the check finds exact: it changes one row in a transaction, checks, and rolls back.
 */
import type { Query } from "../../../src/db/query.ts";
import { checkLedger, type LedgerError } from "../../../src/ledger/check-ledger.ts";

export interface LedgerMutation {
  readonly name: string;
  readonly table: string;
  /** Absent: the row is deleted. */
  readonly column?: string;
  /** SQL of the wrong values to try in turn. When a constraint of the table refuses a value, the next one is tried. */
  readonly values?: readonly string[];
  /** SQL after `select x.ctid as at, <key as the check names it> as key`: the rows x that a tournament ($1) has. */
  readonly rows: string;
  /** Another table whose row of the same key the check may name instead. */
  readonly also?: string;
}

export interface MutationResult {
  /** 'unnamed': the check failed, but named another row. 'no_row': there was no row to change. */
  readonly outcome: "caught" | "unnamed" | "missed" | "refused_by_database" | "no_row";
  readonly key: string | null;
  readonly errors: readonly LedgerError[];
}

/** Tables that the check leaves out, and why. */
export const notOfTheLedger: Readonly<Record<string, string>> = {
  market_receipts: "what a venue sent that was not traded on; no money follows from it",
  venue_states: "what is known of a venue's address",
  venue_symbols: "a venue's list, read again from the venue",
  venue_faults: "a record of calls that failed",
  tournament_checks: "what a check found, not what it checks",
  standings: "live marks between rounds: a cache at prices that no row keeps; ranks are checked at settled rounds",
  memories: "what a strategy noted for itself: any value is a right one",
  tasks: "work, not money",
  task_keys: "work, not money",
  ticks: "work, not money",
  clocks: "work, not money",
  dead_letters: "work, not money",
  candle_uploads: "candles that are still coming in, which no tournament can use",
  candle_upload_pieces: "text of candles that are still coming in",
  market_keys: "what candles were drawn under: the stored ones count, however they came",
  task_counts: "work, not money",
  queue_controls: "work, not money",
  schedule_controls: "work, not money",
  consumers: "work, not money",
  audit: "work, not money",
  bulk_jobs: "work, not money",
  bulk_items: "work, not money",
  idempotency_keys: "work, not money",
  sessions: "work, not money",
  keys: "work, not money",
  invites: "work, not money",
  invite_joins: "work, not money",
  qualifications: "work, not money",
  model_accounts: "what models cost their authors: no cash of an entry",
  model_steps: "what models were asked and answered: decisions hold what counts",
  model_contents: "as model_steps",
  webhooks: "work, not money",
  webhook_calls: "work, not money",
  wrong_keys: "work, not money",
  metric_deltas: "work, not money",
  queue_pauses: "work, not money",
  recoveries: "work, not money",
  throughput_samples: "work, not money",
};

/** Money that follows from nothing else in the database. */
export const moneyThatIsGiven: Readonly<Record<string, string>> = {
  "tournaments.prize_pool": "set by the operator",
  "model_accounts.usd": "what a provider charges, at prices from outside",
  "model_accounts.round_usd": "as model_accounts.usd",
  "model_accounts.held_usd": "reserved, not spent",
  "model_steps.usd": "as model_accounts.usd",
  "model_steps.reserved_usd": "as model_accounts.held_usd",
  "standings.equity": "marked at prices that no row keeps",
  "candles.high/low/volume": "compared where a snapshot shows them",
  "orders.amount of a buy": "a step may change no digit of the fill; refused orders have no fill",
};

const quoted = (column: string) => [
  `x.${column} + power(10::numeric, -greatest(scale(x.${column}), 8))`,
  `x.${column} - power(10::numeric, -greatest(scale(x.${column}), 8))`,
];

const inRound = `'round ' || r.number`;
const ofEntry = `'round ' || r.number || ', ' || e.agent_name`;
const rounds = "join rounds r on r.id = x.round_id and r.tournament_id = $1";
const entries = "join entries e on e.id = x.entry_id";
const candleKey = `x.source_id || ', ' || x.symbol || ', ' || to_char(x.open_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
const candle = (which: string, where: string) => `${candleKey} as key
  from candles x join tournaments t on t.id = $1 and t.candle_source_id = x.source_id and x.symbol = any(t.symbols)
  join candle_sources c on c.id = t.candle_source_id
  join rounds r on r.tournament_id = t.id and r.state = 'settled' and x.open_at = ${which} join snapshots s on s.round_id = r.id ${where}`;
const lastClosed = "r.due_at - make_interval(secs => c.interval_seconds)";
const positions = `e.agent_name || ', ' || x.symbol as key from positions x ${entries} and e.tournament_id = $1`;
const lots = `e.agent_name || ', ' || x.symbol || ', round ' || x.round || ', order ' || x.seq as key from lots x ${entries} and e.tournament_id = $1`;
const orders = `${ofEntry} || ', order ' || x.seq as key from orders x ${rounds} ${entries}`;
const trades = `${ofEntry} || ', order ' || x.seq as key from trades x ${rounds} ${entries}`;
const quotes = `${inRound} || ', ' || x.symbol as key from quotes x ${rounds} and r.state = 'settled'`;
const decisions = `${ofEntry} as key from decisions x ${rounds} ${entries}`;
const points = `'round ' || x.round || ', ' || e.agent_name as key from equity_points x ${entries} where x.tournament_id = $1`;
const tournament = "x.id::text as key from tournaments x where x.id = $1";
const members = "x.agent_name as key from entries x where x.tournament_id = $1";

const lastDigit = (table: string, column: string, rows: string, also?: string): LedgerMutation => ({
  name: `last digit of ${table}.${column}`,
  table,
  column,
  values: quoted(column),
  rows,
  ...(also ? { also } : {}),
});
const removed = (table: string, rows: string, which = ""): LedgerMutation => ({
  name: `a row of ${table} deleted${which}`,
  table,
  rows,
});
const wrong = (
  table: string,
  column: string,
  values: readonly string[],
  rows: string,
  also?: string,
): LedgerMutation => ({
  name: `a wrong ${table}.${column}`,
  table,
  column,
  values,
  rows,
  ...(also ? { also } : {}),
});

export const lastDigits: readonly LedgerMutation[] = [
  lastDigit("tournaments", "starting_cash", tournament),
  ...["cash", "fees", "realized_profit"].map((column) => lastDigit("entries", column, members)),
  lastDigit("positions", "quantity", positions),
  ...["quantity", "cost"].map((column) => lastDigit("lots", column, lots)),
  lastDigit(
    "orders",
    "amount",
    `${orders} join trades f on f.round_id = x.round_id and f.entry_id = x.entry_id and f.seq = x.seq
      and f.side = 'sell' and f.quantity = x.amount`,
    "trades",
  ),
  ...["quantity", "price", "fee", "cash_change"].map((column) => lastDigit("trades", column, trades)),
  lastDigit("trades", "realized_profit", `${trades} where x.realized_profit is not null`),
  ...["bid", "ask", "mid"].map((column) => lastDigit("quotes", column, quotes)),
  lastDigit("candles", "open", candle("r.due_at", "")),
  lastDigit("candles", "close", candle(lastClosed, "")),
  ...["high", "low", "volume"].map((column) =>
    // A snapshot's candle spans several: a change shows only in the candle that has the interval's extreme value.
    lastDigit(
      "candles",
      column,
      candle(lastClosed, `where (s.candles -> x.symbol ->> '${column}')::numeric = x.${column}`),
    ),
  ),
  {
    name: "last digit of snapshots.candles",
    table: "snapshots",
    column: "candles",
    values: [
      `jsonb_set(x.candles, array[(select min(k) from jsonb_object_keys(x.candles) k), 'close'], to_jsonb((
         (x.candles -> (select min(k) from jsonb_object_keys(x.candles) k) ->> 'close')::numeric + 0.00000001)::text))`,
    ],
    rows: `${inRound} || ', ' || (select min(k) from jsonb_object_keys(x.candles) k) as key
      from snapshots x ${rounds} and r.state = 'settled'`,
  },
  ...["equity", "peak"].map((column) => lastDigit("equity_points", column, points)),
];

export const deletions: readonly LedgerMutation[] = [
  removed("tournaments", tournament),
  removed(
    "candle_sources",
    "x.id as key from candle_sources x join tournaments t on t.candle_source_id = x.id and t.id = $1",
  ),
  removed("candles", candle("r.due_at", ""), ", one that filled"),
  removed("candles", candle(lastClosed, ""), ", one that was shown"),
  removed("agents", "x.id::text as key from agents x join entries e on e.agent_id = x.id and e.tournament_id = $1"),
  removed("entries", "x.id::text as key from entries x where x.tournament_id = $1"),
  removed("rounds", "'round ' || x.number as key from rounds x where x.tournament_id = $1"),
  removed(
    "rounds",
    "'round ' || x.number as key from rounds x where x.tournament_id = $1 and x.number = (select max(number) from rounds where tournament_id = $1)",
    ", the last one",
  ),
  removed("snapshots", `${inRound} as key from snapshots x ${rounds} and r.state = 'settled'`),
  removed("quotes", quotes),
  removed("decisions", decisions),
  removed("decision_details", `${ofEntry} as key from decision_details x ${rounds} ${entries}`),
  removed("orders", orders),
  removed("trades", trades),
  removed("positions", positions),
  removed("lots", lots),
  removed("equity_points", points),
];

/** Mutations of other values: states, codes, counts, ranks, versions, statistics. */
export const wrongValues: readonly LedgerMutation[] = [
  wrong(
    "orders",
    "symbol",
    ["case when x.symbol = t.symbols[1] then t.symbols[2] else t.symbols[1] end"],
    `${orders} where x.state = 'filled'`,
    "trades",
  ),
  wrong(
    "orders",
    "side",
    ["case x.side when 'buy' then 'sell' else 'buy' end"],
    `${orders} where x.state = 'filled'`,
    "trades",
  ),
  wrong("orders", "code", ["'trading.no_price'"], `${orders} where x.state = 'refused' and x.refused_at = 'decision'`),
  wrong("orders", "refused_at", ["'fill'"], `${orders} where x.state = 'refused' and x.refused_at = 'decision'`),
  wrong("orders", "state", ["'open'"], `${orders} where x.state = 'filled' and r.state = 'settled'`),
  wrong("quotes", "filled", ["not x.filled"], quotes),
  wrong("candles", "filled", ["not x.filled"], candle("r.due_at", ""), "quotes"),
  wrong("trades", "side", ["case x.side when 'buy' then 'sell' else 'buy' end"], trades),
  wrong("trades", "symbol", ["'OTHER-USDT'"], trades),
  wrong("decisions", "outcome", ["case x.outcome when 'made' then 'held' else 'made' end"], decisions),
  wrong("decisions", "order_count", ["x.order_count + 1"], decisions),
  wrong("decisions", "version", ["x.version + 1000"], decisions),
  ...["version", "trades_count", "closed_trades", "winning_trades"].map((column) =>
    wrong("entries", column, [`x.${column} + 1`], members),
  ),
  wrong(
    "rounds",
    "due_at",
    ["x.due_at + interval '1 second'"],
    "'round ' || x.number as key from rounds x where x.tournament_id = $1",
  ),
  wrong(
    "rounds",
    "participants",
    ["0"],
    "'round ' || x.number as key from rounds x where x.tournament_id = $1 and x.state = 'settled'",
  ),
  wrong("equity_points", "rank", ["coalesce(x.rank, 0) + 1"], points),
  wrong("equity_points", "returns_count", ["x.returns_count + 1"], points),
  ...["max_drawdown", "returns_mean", "returns_m2"].map((column) =>
    wrong("equity_points", column, [`x.${column} + 0.000001`], points),
  ),
];

/**
 * Changes one row, checks, and rolls back. `session` must be one connection of a superuser without an open transaction,
 * because foreign keys are switched off for the transaction. `share` picks the row, from 0 (first) to 1 (last).
 */
export async function tryMutation(
  session: Query,
  tournamentId: string,
  mutation: LedgerMutation,
  share = 0.5,
): Promise<MutationResult> {
  await session("begin");
  try {
    await session("set local session_replication_role = replica");
    const found = await session<{ at: string; key: string }>(
      `select x.ctid::text as at, ${mutation.rows} order by 2, 1`,
      [tournamentId],
    );
    const row = found[Math.round(share * (found.length - 1))];
    if (!row) return { outcome: "no_row", key: null, errors: [] };
    if (!(await change(session, tournamentId, mutation, row.at)))
      return { outcome: "refused_by_database", key: row.key, errors: [] };
    const { ok, errors } = await checkLedger(session, { tournamentId });
    const tables = [mutation.table, mutation.also];
    const named = errors.some(
      (error) =>
        (error.key === row.key && tables.includes(error.table)) ||
        error.sentence.includes(`${mutation.table} ${row.key}`),
    );
    return { outcome: ok ? "missed" : named ? "caught" : "unnamed", key: row.key, errors };
  } finally {
    await session("rollback");
  }
}

/** False: constraints of the table refuse every value. */
async function change(session: Query, tournamentId: string, mutation: LedgerMutation, at: string): Promise<boolean> {
  const { table, column, values } = mutation;
  if (column === undefined) {
    await session(`delete from ${table} x where x.ctid = $1::tid`, [at]);
    return true;
  }
  for (const value of values ?? []) {
    await session("savepoint before_change");
    try {
      await session(
        `update ${table} x set ${column} = ${value} from tournaments t where t.id = $2 and x.ctid = $1::tid`,
        [at, tournamentId],
      );
      return true;
    } catch (error) {
      if (!(error instanceof Error && "code" in error && String(error.code).startsWith("23"))) throw error;
      await session("rollback to savepoint before_change");
    }
  }
  return false;
}
