/**
 * The tables. Constraints carry the guarantees; the statements in `statements/` carry the guards.
 * Money is `numeric`: strings in code. Times are `timestamptz`: ISO strings in code, 'infinity' for "never".
 */
import { sql } from "drizzle-orm";
import {
  bigint,
  boolean,
  check,
  doublePrecision,
  foreignKey,
  index,
  integer,
  jsonb,
  numeric,
  pgTable,
  primaryKey,
  smallint,
  text,
  timestamp,
  unique,
  uniqueIndex,
  uuid,
} from "drizzle-orm/pg-core";

const time = (name: string) => timestamp(name, { withTimezone: true, mode: "string" });
const now = sql`agonus_now()`;
const json = <T>(name: string) => jsonb(name).$type<T>();
type Json = Record<string, unknown>;

export const agents = pgTable(
  "agents",
  {
    id: uuid("id").primaryKey(),
    name: text("name").notNull(),
    personality: text("personality").notNull().default(""),
    strategyType: text("strategy_type").notNull(),
    /** Key in src/strategies/registry.ts. */
    strategy: text("strategy").notNull(),
    baseline: boolean("baseline").notNull().default(false),
    avatarUrl: text("avatar_url"),
    owner: text("owner"),
    /** {limits?: Partial<Limits>, params?: {…}, thinking_seconds?: number}; hidden without the operator key. */
    config: json<Json>("config").notNull().default({}),
    createdAt: time("created_at").notNull().default(now),
    updatedAt: time("updated_at").notNull().default(now),
    /** Set by DELETE when the agent has entries, which keep pointing here. */
    archivedAt: time("archived_at"),
  },
  (t) => [
    check("agents_name_length", sql`length(${t.name}) between 1 and 80`),
    // For the search: trigrams of both, in one index.
    index("agents_by_text").using("gin", sql`(name || ' ' || id::text) gin_trgm_ops`),
  ],
);

export const candleSources = pgTable(
  "candle_sources",
  {
    /** 'synthetic:<hash>' or 'files:<hash of the content>'. */
    id: text("id").primaryKey(),
    kind: text("kind").notNull(),
    name: text("name").notNull(),
    symbols: text("symbols").array().notNull(),
    intervalSeconds: integer("interval_seconds").notNull(),
    firstOpenAt: time("first_open_at").notNull(),
    /** Every symbol has every candle from first to last. */
    lastOpenAt: time("last_open_at").notNull(),
    /** Synthetic: the generator's state after the last candle. */
    state: json<Json>("state"),
    createdAt: time("created_at").notNull().default(now),
  },
  (t) => [
    check("candle_sources_kind", sql`${t.kind} in ('synthetic', 'files')`),
    check("candle_sources_interval", sql`${t.intervalSeconds} > 0`),
  ],
);

export const candles = pgTable(
  "candles",
  {
    sourceId: text("source_id")
      .notNull()
      .references(() => candleSources.id, { onDelete: "cascade" }),
    symbol: text("symbol").notNull(),
    openAt: time("open_at").notNull(),
    open: numeric("open").notNull(),
    high: numeric("high").notNull(),
    low: numeric("low").notNull(),
    close: numeric("close").notNull(),
    volume: numeric("volume").notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.sourceId, t.symbol, t.openAt] }),
    check(
      "candles_prices",
      sql`${t.low} > 0 and ${t.low} <= least(${t.open}, ${t.close}) and ${t.high} >= greatest(${t.open}, ${t.close})`,
    ),
  ],
);

export const tournaments = pgTable(
  "tournaments",
  {
    id: uuid("id").primaryKey(),
    name: text("name").notNull(),
    status: text("status").notNull().default("upcoming"),
    /** 'synthetic' runs live, by the clock; 'replay' runs on stored candles, as fast as it can. */
    market: text("market").notNull(),
    candleSourceId: text("candle_source_id")
      .notNull()
      .references(() => candleSources.id),
    symbols: text("symbols").array().notNull(),
    intervalSeconds: integer("interval_seconds").notNull(),
    startsAt: time("starts_at").notNull(),
    /** A round is due at startsAt + n × interval while that is before endsAt. */
    endsAt: time("ends_at").notNull(),
    startingCash: numeric("starting_cash", { precision: 28, scale: 8 }).notNull(),
    rules: json<Json>("rules").notNull(),
    rulesHash: text("rules_hash").notNull(),
    prizePool: numeric("prize_pool", { precision: 20, scale: 2 }).notNull().default("0"),
    winnerEntryId: uuid("winner_entry_id"),
    createdAt: time("created_at").notNull().default(now),
    startedAt: time("started_at"),
    /** The last pause and its end: rounds due in between are skipped as 'paused'. */
    pausedAt: time("paused_at"),
    resumedAt: time("resumed_at"),
    endedAt: time("ended_at"),
  },
  (t) => [
    check("tournaments_status", sql`${t.status} in ('upcoming', 'live', 'paused', 'completed', 'cancelled')`),
    check("tournaments_market", sql`${t.market} in ('synthetic', 'replay')`),
    check("tournaments_span", sql`${t.endsAt} > ${t.startsAt}`),
    check("tournaments_interval", sql`${t.intervalSeconds} > 0`),
    check("tournaments_starting_cash", sql`${t.startingCash} > 0`),
    index("tournaments_active").on(t.status).where(sql`status in ('upcoming', 'live', 'paused')`),
  ],
);

export const entries = pgTable(
  "entries",
  {
    id: uuid("id").primaryKey(),
    tournamentId: uuid("tournament_id")
      .notNull()
      .references(() => tournaments.id),
    agentId: uuid("agent_id")
      .notNull()
      .references(() => agents.id),
    /** Frozen at joining, like all settings here: a tournament's rules don't change under it. */
    agentName: text("agent_name").notNull(),
    strategy: text("strategy").notNull(),
    baseline: boolean("baseline").notNull(),
    /** Limits after precedence (defaults < strategy < agent); null for baselines. */
    limits: json<Json>("limits"),
    params: json<Json>("params").notNull().default({}),
    /** Seconds that an outside agent thinks; null decides in the object, at once. */
    thinkingSeconds: doublePrecision("thinking_seconds"),
    status: text("status").notNull().default("active"),
    /** Takes part in rounds first_round … last_round (null: no end). */
    firstRound: integer("first_round").notNull(),
    lastRound: integer("last_round"),
    cash: numeric("cash", { precision: 28, scale: 8 }).notNull(),
    /** The fence: raised by every change of account or orders, and by every recovery. */
    version: integer("version").notNull().default(0),
    recoveries: integer("recoveries").notNull().default(0),
    /** Raised by settlement, with the account. */
    tradesCount: integer("trades_count").notNull().default(0),
    closedTrades: integer("closed_trades").notNull().default(0),
    winningTrades: integer("winning_trades").notNull().default(0),
    fees: numeric("fees", { precision: 28, scale: 8 }).notNull().default("0"),
    realizedProfit: numeric("realized_profit", { precision: 28, scale: 8 }).notNull().default("0"),
    /** Answers that came too late, twice or from a stale object, and differed from the stored one. */
    prevented: integer("prevented").notNull().default(0),
    joinedAt: time("joined_at").notNull().default(now),
  },
  (t) => [
    unique("entries_agent").on(t.tournamentId, t.agentId),
    unique("entries_name").on(t.tournamentId, t.agentName),
    check("entries_cash", sql`${t.cash} >= 0`),
    check("entries_status", sql`${t.status} in ('active', 'withdrawn')`),
    index("entries_by_agent").on(t.agentId),
    index("entries_prevented").on(t.prevented).where(sql`prevented > 0`),
  ],
);

export const rounds = pgTable(
  "rounds",
  {
    id: uuid("id").primaryKey(),
    tournamentId: uuid("tournament_id")
      .notNull()
      .references(() => tournaments.id),
    number: integer("number").notNull(),
    state: text("state").notNull(),
    skipReason: text("skip_reason"),
    dueAt: time("due_at").notNull(),
    /** 'infinity' in a replay. */
    deadlineAt: time("deadline_at").notNull(),
    /** How many entries owe a decision: frozen at opening. */
    participants: integer("participants").notNull().default(0),
    openedAt: time("opened_at"),
    closedAt: time("closed_at"),
    quotedAt: time("quoted_at"),
    settledAt: time("settled_at"),
    /** When owed decisions or fills were last sent, and how often: spaces the repeats. */
    sentAt: time("sent_at"),
    sends: integer("sends").notNull().default(0),
    /** A sending in slices that is not through: the last entry that was sent, and how many decisions it then waits for. */
    sentTo: uuid("sent_to"),
    sentCount: integer("sent_count").notNull().default(0),
    /** Reasoning and confidence of its decisions were given up by retention. */
    detailsDroppedAt: time("details_dropped_at"),
  },
  (t) => [
    // A round that was cancelled midway is never settled, and has details all the same.
    index("rounds_with_details")
      .on(sql`coalesce(settled_at, closed_at, opened_at)`)
      .where(sql`details_dropped_at is null and (state = 'settled' or skip_reason = 'cancelled')`),
    unique("rounds_number").on(t.tournamentId, t.number),
    uniqueIndex("rounds_one_active").on(t.tournamentId).where(sql`state in ('open', 'closed', 'quoted')`),
    check("rounds_state", sql`${t.state} in ('scheduled', 'open', 'closed', 'quoted', 'settled', 'skipped')`),
    check("rounds_skip_reason", sql`(${t.state} = 'skipped') = (${t.skipReason} is not null)`),
  ],
);

export const snapshots = pgTable("snapshots", {
  roundId: uuid("round_id")
    .primaryKey()
    .references(() => rounds.id),
  /** SHA-256 over the canonical JSON of source, due time, interval and `candles`. */
  hash: text("hash").notNull(),
  /** By symbol: the last closed candle of the tournament's interval, prices as strings. */
  candles: json<Record<string, Record<string, string>>>("candles").notNull(),
  createdAt: time("created_at").notNull().default(now),
});

export const quotes = pgTable(
  "quotes",
  {
    roundId: uuid("round_id")
      .notNull()
      .references(() => rounds.id),
    symbol: text("symbol").notNull(),
    bid: numeric("bid").notNull(),
    ask: numeric("ask").notNull(),
    mid: numeric("mid").notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.roundId, t.symbol] }),
    check("quotes_spread", sql`${t.bid} > 0 and ${t.bid} <= ${t.mid} and ${t.mid} <= ${t.ask}`),
  ],
);

export const decisions = pgTable(
  "decisions",
  {
    roundId: uuid("round_id")
      .notNull()
      .references(() => rounds.id),
    entryId: uuid("entry_id")
      .notNull()
      .references(() => entries.id),
    outcome: text("outcome").notNull(),
    /** Orders accepted and refused together. */
    orderCount: smallint("order_count").notNull(),
    /** The entry's version that it was decided upon. */
    version: integer("version").notNull(),
    detailsHash: text("details_hash").notNull(),
    decidedAt: time("decided_at").notNull().default(now),
  },
  (t) => [
    primaryKey({ columns: [t.roundId, t.entryId] }),
    index("decisions_by_entry").on(t.entryId, t.decidedAt),
    check("decisions_outcome", sql`${t.outcome} in ('made', 'held')`),
  ],
);

export const decisionDetails = pgTable(
  "decision_details",
  {
    roundId: uuid("round_id").notNull(),
    entryId: uuid("entry_id").notNull(),
    reasoning: text("reasoning").notNull(),
    confidence: doublePrecision("confidence").notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.roundId, t.entryId] }),
    foreignKey({ columns: [t.roundId, t.entryId], foreignColumns: [decisions.roundId, decisions.entryId] }),
  ],
);

export const orders = pgTable(
  "orders",
  {
    roundId: uuid("round_id").notNull(),
    entryId: uuid("entry_id").notNull(),
    /** From 0, in the order in which the agent gave them. */
    seq: smallint("seq").notNull(),
    side: text("side").notNull(),
    symbol: text("symbol").notNull(),
    /** BUY: quote currency to spend, fee included. SELL: base quantity. */
    amount: numeric("amount", { precision: 28, scale: 8 }).notNull(),
    confidence: doublePrecision("confidence"),
    state: text("state").notNull(),
    /** Why it was refused: a code of core/error-codes.ts. */
    code: text("code"),
    /** Refused by the check of the decision or at the fill. */
    refusedAt: text("refused_at"),
  },
  (t) => [
    primaryKey({ columns: [t.roundId, t.entryId, t.seq] }),
    foreignKey({ columns: [t.roundId, t.entryId], foreignColumns: [decisions.roundId, decisions.entryId] }),
    index("orders_owed").on(t.roundId, t.entryId).where(sql`state = 'open'`),
    check("orders_side", sql`${t.side} in ('buy', 'sell')`),
    check("orders_state", sql`${t.state} in ('open', 'filled', 'refused', 'dropped')`),
    check("orders_refusal", sql`(${t.state} = 'refused') = (${t.code} is not null and ${t.refusedAt} is not null)`),
    check("orders_refused_at", sql`${t.refusedAt} in ('decision', 'fill')`),
  ],
);

export const trades = pgTable(
  "trades",
  {
    roundId: uuid("round_id").notNull(),
    entryId: uuid("entry_id").notNull(),
    seq: smallint("seq").notNull(),
    tournamentId: uuid("tournament_id").notNull(),
    /** UUIDv7, orders the lists of trades. */
    id: uuid("id").notNull().unique(),
    side: text("side").notNull(),
    symbol: text("symbol").notNull(),
    /** Base quantity. */
    quantity: numeric("quantity", { precision: 28, scale: 8 }).notNull(),
    /** P′: mid moved by half the spread and slippage, exact. */
    price: numeric("price").notNull(),
    fee: numeric("fee", { precision: 28, scale: 8 }).notNull(),
    /** By how much cash changed: negative on a buy. Fee included. */
    cashChange: numeric("cash_change", { precision: 28, scale: 8 }).notNull(),
    /** Sells: proceeds less the cost of the lots that it closed. Buys: null. */
    realizedProfit: numeric("realized_profit", { precision: 28, scale: 8 }),
    filledAt: time("filled_at").notNull().default(now),
  },
  (t) => [
    primaryKey({ columns: [t.roundId, t.entryId, t.seq] }),
    foreignKey({
      columns: [t.roundId, t.entryId, t.seq],
      foreignColumns: [orders.roundId, orders.entryId, orders.seq],
    }),
    // Read backwards for the newest first: an index that descends has its nulls last, and serves no `order by id desc`.
    index("trades_by_entry").on(t.entryId, t.id),
    // What an entry won or lost most: both ends of it.
    index("trades_closed").on(t.entryId, t.realizedProfit).where(sql`realized_profit is not null`),
    index("trades_by_tournament").on(t.tournamentId, t.id),
    check("trades_quantity", sql`${t.quantity} > 0`),
    check("trades_fee", sql`${t.fee} >= 0`),
  ],
);

export const positions = pgTable(
  "positions",
  {
    entryId: uuid("entry_id")
      .notNull()
      .references(() => entries.id),
    symbol: text("symbol").notNull(),
    /** Base quantity; a position of zero has no row. */
    quantity: numeric("quantity", { precision: 28, scale: 8 }).notNull(),
  },
  (t) => [primaryKey({ columns: [t.entryId, t.symbol] }), check("positions_quantity", sql`${t.quantity} > 0`)],
);

export const lots = pgTable(
  "lots",
  {
    entryId: uuid("entry_id")
      .notNull()
      .references(() => entries.id),
    symbol: text("symbol").notNull(),
    /** Round number and sequence of the buy that opened it: FIFO order. */
    round: integer("round").notNull(),
    seq: smallint("seq").notNull(),
    /** What is left of it. An emptied lot has no row. */
    quantity: numeric("quantity", { precision: 28, scale: 8 }).notNull(),
    /** Quote currency paid for that quantity, fee included. */
    cost: numeric("cost", { precision: 28, scale: 8 }).notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.entryId, t.symbol, t.round, t.seq] }),
    check("lots_quantity", sql`${t.quantity} > 0`),
    check("lots_cost", sql`${t.cost} >= 0`),
  ],
);

export const equityPoints = pgTable(
  "equity_points",
  {
    tournamentId: uuid("tournament_id").notNull(),
    round: integer("round").notNull(),
    entryId: uuid("entry_id")
      .notNull()
      .references(() => entries.id),
    equity: numeric("equity", { precision: 28, scale: 8 }).notNull(),
    /** Null for baselines. Ties share a rank. */
    rank: integer("rank"),
    /** Running figures, so that no leaderboard scans history: see core/metrics.ts. */
    peak: numeric("peak", { precision: 28, scale: 8 }).notNull(),
    maxDrawdown: doublePrecision("max_drawdown").notNull(),
    /** Welford over simple returns: count, mean, sum of squared deviations. */
    returnsCount: integer("returns_count").notNull(),
    returnsMean: doublePrecision("returns_mean").notNull(),
    returnsM2: doublePrecision("returns_m2").notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.tournamentId, t.round, t.entryId] }),
    index("equity_points_by_entry").on(t.entryId, t.round),
    foreignKey({ columns: [t.tournamentId, t.round], foreignColumns: [rounds.tournamentId, rounds.number] }),
  ],
);

/** Live rank between rounds, marked at the last price; written every 30 s, and only where something changed. */
export const standings = pgTable(
  "standings",
  {
    entryId: uuid("entry_id")
      .primaryKey()
      .references(() => entries.id),
    tournamentId: uuid("tournament_id").notNull(),
    rank: integer("rank"),
    previousRank: integer("previous_rank"),
    equity: numeric("equity", { precision: 28, scale: 8 }).notNull(),
    markedAt: time("marked_at").notNull(),
  },
  (t) => [index("standings_by_tournament").on(t.tournamentId, t.rank)],
);

export const memories = pgTable("memories", {
  entryId: uuid("entry_id")
    .primaryKey()
    .references(() => entries.id),
  /** What the strategy last returned as memory. */
  notes: json<Json>("notes").notNull(),
  /** Round number that wrote it. */
  round: integer("round").notNull(),
});

/** Partitioned by id (UUIDv7, so by day): the migration says how. */
export const tasks = pgTable(
  "tasks",
  {
    id: uuid("id").primaryKey(),
    name: text("name").notNull(),
    queue: text("queue").notNull(),
    state: text("state").notNull(),
    args: json<Json>("args").notNull(),
    result: json<Json>("result"),
    /** {class, code, message, stack?, attempts: […]}: stack for operators only. */
    error: json<Json>("error"),
    attempt: integer("attempt").notNull().default(0),
    maxAttempts: integer("max_attempts").notNull(),
    /** 0 to 1, as the handler reports. */
    progress: doublePrecision("progress"),
    tournamentId: uuid("tournament_id"),
    entryId: uuid("entry_id"),
    /** A unique key's name while the task holds it, in task_keys. */
    key: text("key"),
    /** Not before this time. */
    dueAt: time("due_at").notNull(),
    /** When its id was last sent to the queue, and how often. */
    sentAt: time("sent_at"),
    sends: integer("sends").notNull().default(0),
    /** The claim: who holds the right to run it, until when. */
    token: uuid("token"),
    leaseUntil: time("lease_until"),
    /** When whoever runs it last said so. */
    heartbeatAt: time("heartbeat_at"),
    /** Leases that ran out in a row: ten end in FAILURE task.lost. */
    lostLeases: integer("lost_leases").notNull().default(0),
    cancelRequested: boolean("cancel_requested").notNull().default(false),
    /** The task that this one runs again, with the same or edited arguments. */
    parentId: uuid("parent_id"),
    /** The isolate that claimed it last: see consumers. */
    consumer: text("consumer"),
    /** Its last error, normalised (ids, numbers and times taken out): failures are grouped by it. */
    signature: text("signature"),
    /** Every transition: [{at, state, attempt, why, by?}], at most 100 kept. */
    history: json<Json[]>("history").notNull().default([]),
    correlationId: text("correlation_id"),
    createdAt: time("created_at").notNull().default(now),
    startedAt: time("started_at"),
    finishedAt: time("finished_at"),
  },
  (t) => [
    check("tasks_state", sql`${t.state} in ('PENDING', 'STARTED', 'RETRY', 'SUCCESS', 'FAILURE', 'REVOKED')`),
    check("tasks_lease", sql`(${t.state} = 'STARTED') = (${t.token} is not null and ${t.leaseUntil} is not null)`),
    check("tasks_finished", sql`(${t.state} in ('SUCCESS', 'FAILURE', 'REVOKED')) = (${t.finishedAt} is not null)`),
    index("tasks_waiting").on(t.queue, t.dueAt).where(sql`state in ('PENDING', 'RETRY')`),
    index("tasks_waiting_by_tournament").on(t.tournamentId, t.dueAt).where(sql`state in ('PENDING', 'RETRY')`),
    index("tasks_leased").on(t.leaseUntil).where(sql`state = 'STARTED'`),
    index("tasks_by_tournament").on(t.tournamentId, t.id),
    index("tasks_by_entry").on(t.entryId, t.id),
    // Lists and searches. Most rows are decisions that ended well: those pay for `args` alone (docs/decisions.md).
    index("tasks_by_name").on(t.name, t.id).where(sql`name <> 'run_agent_decision'`),
    index("tasks_by_queue").on(t.queue, t.id).where(sql`name <> 'run_agent_decision'`),
    index("tasks_by_state").on(t.state, t.id).where(sql`state <> 'SUCCESS'`),
    index("tasks_by_signature").on(sql`coalesce(signature, error->>'code')`, t.id).where(sql`state = 'FAILURE'`),
    index("tasks_by_parent").on(t.parentId, t.id).where(sql`parent_id is not null`),
    index("tasks_by_args").using("gin", sql`args jsonb_path_ops`),
    index("tasks_by_error")
      .using("gin", sql`((error->>'code') || ' ' || (error->>'message')) gin_trgm_ops`)
      .where(sql`error is not null`),
  ],
);

/** A unique index can't span partitions: keys of tasks stand here. */
export const taskKeys = pgTable("task_keys", {
  key: text("key").primaryKey(),
  taskId: uuid("task_id").notNull(),
  createdAt: time("created_at").notNull().default(now),
});

export const ticks = pgTable(
  "ticks",
  {
    schedule: text("schedule").notNull(),
    dueAt: time("due_at").notNull(),
    /** fired, late, coalesced, skipped. */
    outcome: text("outcome").notNull(),
    /** cron, beat or operator. */
    firedBy: text("fired_by").notNull(),
    reason: text("reason"),
    taskId: uuid("task_id"),
    firedAt: time("fired_at").notNull().default(now),
  },
  (t) => [
    primaryKey({ columns: [t.schedule, t.dueAt] }),
    check("ticks_outcome", sql`${t.outcome} in ('fired', 'late', 'coalesced', 'skipped')`),
  ],
);

/** The two clocks, each watching the other; until both have ticked, since when they are waited for. */
export const clocks = pgTable("clocks", {
  name: text("name").primaryKey(),
  beatAt: time("beat_at").notNull(),
});

export const deadLetters = pgTable("dead_letters", {
  id: uuid("id").primaryKey(),
  queue: text("queue").notNull(),
  messageId: text("message_id").notNull().unique(),
  body: json<unknown>("body").notNull(),
  deliveries: integer("deliveries").notNull(),
  /** What was done with it: 'resent', 'kept'. */
  outcome: text("outcome").notNull(),
  receivedAt: time("received_at").notNull().default(now),
  /** When an operator had it sent once more. */
  redrivenAt: time("redriven_at"),
});

/**
 * Tasks by name, queue and state, without counting them: every statement that changes tasks adds its differences (a
 * trigger), and the sweep folds them into one row each. A count is the sum over all rows of its key.
 */
export const taskCounts = pgTable(
  "task_counts",
  {
    name: text("name").notNull(),
    queue: text("queue").notNull(),
    state: text("state").notNull(),
    tasks: integer("tasks").notNull(),
  },
  (t) => [index("task_counts_key").on(t.name, t.queue, t.state)],
);

/**
 * What /metrics counts and times, as differences that triggers append and the sweep folds, like task_counts. A value is
 * the sum over all rows of its key. Metrics: wait, run, recovery (seconds), recoveries, finished (without an attempt), lost, rounds.
 */
export const metricDeltas = pgTable("metric_deltas", {
  metric: text("metric").notNull(),
  /** A task's name; of a recovery its cause; of rounds nothing. */
  name: text("name").notNull(),
  /** In which an attempt, a task or a round ended up; else nothing. */
  state: text("state").notNull(),
  /** The bucket's upper bound in seconds; null where nothing is timed. */
  le: doublePrecision("le"),
  n: bigint("n", { mode: "number" }).notNull(),
  /** The observations' sum in whole microseconds: sums of floats drift, and a counter must never fall. */
  micros: bigint("micros", { mode: "number" }).notNull(),
});

/**
 * Every recovery of an agent, written by whatever detects, restores and resumes it: triggers on tasks and decisions, and
 * the statements that raise a version, send again and refuse answers (docs/recovery.md). Kept for 30 days.
 */
export const recoveries = pgTable(
  "recoveries",
  {
    id: uuid("id").primaryKey(),
    /** One recovery, one row: recover:<task>, lease:<task>:<the lost claim's token>, resent:<round>:<entry>. */
    key: text("key").notNull().unique(),
    tournamentId: uuid("tournament_id").notNull(),
    entryId: uuid("entry_id")
      .notNull()
      .references(() => entries.id, { onDelete: "cascade" }),
    cause: text("cause").notNull(),
    /** The round whose decision was owed; null: nothing was. */
    roundId: uuid("round_id"),
    /** The last sign of life of what was lost, where that is known. */
    interruptedAt: time("interrupted_at"),
    detectedAt: time("detected_at").notNull().default(now),
    /** Raised, or claimed again; null where nothing had to be restored. */
    restoredAt: time("restored_at"),
    /** When the owed decision was stored. */
    resumedAt: time("resumed_at"),
    /** The entry's version before and after; null where none was raised. */
    fromVersion: integer("from_version"),
    toVersion: integer("to_version"),
    /** Answers for that round that came late or again, and were refused. */
    duplicatesPrevented: integer("duplicates_prevented").notNull().default(0),
    /** The recovery's own task, or the one whose lease was lost. */
    taskId: uuid("task_id"),
    correlationId: text("correlation_id"),
  },
  (t) => [
    check("recoveries_cause", sql`${t.cause} in ('operator', 'stale', 'alarm', 'lease', 'resent')`),
    index("recoveries_by_tournament").on(t.tournamentId, t.id.desc()),
    index("recoveries_by_entry").on(t.entryId, t.id.desc()),
    index("recoveries_by_round").on(t.roundId, t.entryId).where(sql`round_id is not null`),
    // Every batch of decisions looks here, and at what is open alone.
    index("recoveries_owed").on(t.roundId, t.entryId).where(sql`round_id is not null and resumed_at is null`),
    index("recoveries_by_task").on(t.taskId).where(sql`task_id is not null`),
  ],
);

/** What an operator set for a queue; a queue without a row runs freely. */
export const queueControls = pgTable(
  "queue_controls",
  {
    queue: text("queue").primaryKey(),
    pausedAt: time("paused_at"),
    pausedBy: text("paused_by"),
    pauseReason: text("pause_reason"),
    /** Tasks running at once over all consumers; null: no limit of ours. */
    maxRunning: integer("max_running"),
  },
  (t) => [check("queue_controls_max_running", sql`${t.maxRunning} > 0`)],
);

/** Every pause of a queue, so that what was missed in it can say so. */
export const queuePauses = pgTable(
  "queue_pauses",
  {
    queue: text("queue").notNull(),
    pausedAt: time("paused_at").notNull(),
    resumedAt: time("resumed_at"),
    pausedBy: text("paused_by").notNull(),
    reason: text("reason"),
  },
  (t) => [
    primaryKey({ columns: [t.queue, t.pausedAt] }),
    uniqueIndex("queue_pauses_one_open").on(t.queue).where(sql`resumed_at is null`),
  ],
);

/** Once a minute, by the sweep: how many tasks have finished since ever. A throughput is the difference of two rows. */
export const throughputSamples = pgTable("throughput_samples", {
  minute: time("minute").primaryKey(),
  takenAt: time("taken_at").notNull(),
  finished: bigint("finished", { mode: "number" }).notNull(),
});

/** Isolates that consume: when each was seen last, and with which version of the code. */
export const consumers = pgTable("consumers", {
  id: text("id").primaryKey(),
  codeVersion: text("code_version").notNull(),
  firstSeenAt: time("first_seen_at").notNull().default(now),
  lastSeenAt: time("last_seen_at").notNull().default(now),
  /** Batches by queue: {"agents": 12}. */
  batches: json<Record<string, number>>("batches").notNull().default({}),
  tasks: integer("tasks").notNull().default(0),
});

/** What an operator set for a schedule; one without a row runs. */
export const scheduleControls = pgTable("schedule_controls", {
  schedule: text("schedule").primaryKey(),
  pausedAt: time("paused_at"),
  pausedBy: text("paused_by"),
  pauseReason: text("pause_reason"),
});

/** Everything that operators did. Append-only: a trigger refuses changes. */
export const audit = pgTable(
  "audit",
  {
    id: uuid("id").primaryKey(),
    at: time("at").notNull().default(now),
    /** Who: 'operator', or a bulk job. */
    actor: text("actor").notNull(),
    /** 'task.cancel', 'queue.pause', … */
    action: text("action").notNull(),
    /** What it was done to: an id or a name. */
    target: text("target"),
    details: json<Json>("details").notNull().default({}),
    correlationId: text("correlation_id"),
  },
  (t) => [
    index("audit_by_action").on(t.action, t.id),
    index("audit_refusals").on(t.target).where(sql`action = 'refused'`),
  ],
);

export const bulkJobs = pgTable(
  "bulk_jobs",
  {
    id: uuid("id").primaryKey(),
    action: text("action").notNull(),
    /** The filter or selection that froze the ids. */
    filter: json<Json>("filter").notNull(),
    args: json<Json>("args").notNull().default({}),
    state: text("state").notNull(),
    frozen: integer("frozen").notNull(),
    done: integer("done").notNull().default(0),
    skipped: integer("skipped").notNull().default(0),
    failed: integer("failed").notNull().default(0),
    /** What confirms the dry run; null once it was used. */
    token: text("token"),
    createdBy: text("created_by").notNull(),
    createdAt: time("created_at").notNull().default(now),
    startedAt: time("started_at"),
    finishedAt: time("finished_at"),
    taskId: uuid("task_id"),
    /** How often it went on after an abort. */
    resumes: integer("resumes").notNull().default(0),
  },
  (t) => [
    check("bulk_jobs_action", sql`${t.action} in ('retry', 'cancel', 'delete')`),
    check("bulk_jobs_state", sql`${t.state} in ('dry_run', 'running', 'done', 'aborted')`),
  ],
);

export const bulkItems = pgTable(
  "bulk_items",
  {
    jobId: uuid("job_id")
      .notNull()
      .references(() => bulkJobs.id, { onDelete: "cascade" }),
    taskId: uuid("task_id").notNull(),
    /** Null until it was worked on: done, skipped, failed. */
    outcome: text("outcome"),
    why: text("why"),
  },
  (t) => [
    primaryKey({ columns: [t.jobId, t.taskId] }),
    index("bulk_items_open").on(t.jobId, t.taskId).where(sql`outcome is null`),
    check("bulk_items_outcome", sql`${t.outcome} in ('done', 'skipped', 'failed')`),
  ],
);

/** Answers to POSTs with an Idempotency-Key, kept for 24 hours. */
export const idempotencyKeys = pgTable("idempotency_keys", {
  key: text("key").primaryKey(),
  /** SHA-256 over method, path and body. */
  requestHash: text("request_hash").notNull(),
  /** Null while the first request is still at work. */
  status: smallint("status"),
  body: json<unknown>("body"),
  createdAt: time("created_at").notNull().default(now),
});
