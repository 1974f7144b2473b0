/** Entries: an agent's account in one tournament, with what it holds and what it remembers. */
import { sql } from "drizzle-orm";
import {
  boolean,
  check,
  doublePrecision,
  index,
  integer,
  numeric,
  pgTable,
  primaryKey,
  smallint,
  text,
  unique,
  uuid,
} from "drizzle-orm/pg-core";
import type { Mind } from "../../core/agents/mind.ts";
import { agents } from "./agents.ts";
import { type Json, json, now, time } from "./columns.ts";
import { tournaments } from "./tournaments.ts";

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
    /** Names that look alike have the same skeleton (core/text/look-alike.ts). Null: the entry was made before names were compared. */
    skeleton: text("skeleton"),
    shape: text("shape"),
    strategy: text("strategy").notNull(),
    baseline: boolean("baseline").notNull(),
    /** Limits after precedence (defaults < strategy < agent); null for baselines. */
    limits: json<Json>("limits"),
    params: json<Json>("params").notNull().default({}),
    /** How long an outside agent thinks, in seconds. Null: the entry's object decides at once. */
    thinkingSeconds: doublePrecision("thinking_seconds"),
    kind: text("kind").notNull().default("house"),
    /** Rounds in a row without a valid answer, by the agent's own fault. */
    misses: integer("misses").notNull().default(0),
    /** Since when it is asked no more: after five such rounds, until it is resumed. */
    haltedAt: time("halted_at"),
    status: text("status").notNull().default("active"),
    /** Takes part in rounds first_round … last_round (null: no end). */
    firstRound: integer("first_round").notNull(),
    lastRound: integer("last_round"),
    cash: numeric("cash", { precision: 28, scale: 8 }).notNull(),
    /**
     * The fence: every change of account or orders and every recovery raises it, so answers to an older state are
     * refused.
     */
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
    unique("entries_skeleton").on(t.tournamentId, t.skeleton),
    unique("entries_shape").on(t.tournamentId, t.shape),
    check("entries_cash", sql`${t.cash} >= 0`),
    check("entries_kind", sql`${t.kind} in ('house', 'outside', 'webhook', 'llm')`),
    check("entries_status", sql`${t.status} in ('active', 'withdrawn')`),
    index("entries_by_agent").on(t.agentId),
    index("entries_of_models").on(t.tournamentId).where(sql`kind = 'llm'`),
    index("entries_prevented").on(t.prevented).where(sql`prevented > 0`),
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
    /** The quantity that is left. An emptied lot has no row. */
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
  /** Theses and plan steps of a language model: core/agents/mind.ts. */
  mind: json<Mind>("mind"),
  /** Round number that wrote it. */
  round: integer("round").notNull(),
});
