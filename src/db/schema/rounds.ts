/** Rounds, the prices that they were decided and filled at, and each entry's equity after them. */
import { sql } from "drizzle-orm";
import {
  boolean,
  check,
  doublePrecision,
  foreignKey,
  index,
  integer,
  numeric,
  pgTable,
  primaryKey,
  text,
  unique,
  uniqueIndex,
  uuid,
} from "drizzle-orm/pg-core";
import { type Json, json, now, time } from "./columns.ts";
import { entries } from "./entries.ts";
import { candleSources } from "./markets.ts";
import { tournaments } from "./tournaments.ts";

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
    /** Replay: until when the round waits for agents from outside. It moves on while the platform is away. */
    answersUntil: time("answers_until"),
    /** While it is open and waits for such agents: the last look at it, and how long nobody looked, in milliseconds. */
    watchedAt: time("watched_at"),
    awayMs: integer("away_ms").notNull().default(0),
    closedAt: time("closed_at"),
    quotedAt: time("quoted_at"),
    settledAt: time("settled_at"),
    /** When owed decisions or fills were last sent, and how often. Repeats are spaced by both. */
    sentAt: time("sent_at"),
    sends: integer("sends").notNull().default(0),
    /** An unfinished sending in slices: the last entry that was sent, and how many decisions are then waited for. */
    sentTo: uuid("sent_to"),
    sentCount: integer("sent_count").notNull().default(0),
    /** When retention deleted the reasoning and confidence of the round's decisions. */
    detailsDroppedAt: time("details_dropped_at"),
  },
  (t) => [
    // A round that was given up midway is never settled, but it has details too.
    index("rounds_with_details")
      .on(sql`coalesce(settled_at, closed_at, opened_at)`)
      .where(
        sql`details_dropped_at is null and (state = 'settled' or skip_reason in ('cancelled', 'market.unusable', 'market.stale', 'market.doubtful'))`,
      ),
    index("rounds_unusable").on(t.dueAt).where(sql`skip_reason = 'market.unusable'`),
    index("rounds_doubted").on(t.dueAt).where(sql`skip_reason in ('market.stale', 'market.doubtful')`),
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
  /** The candles' source where it is not the tournament's own: another venue of rules.venues. */
  sourceId: text("source_id").references(() => candleSources.id),
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
    /** The candle that the quote was taken from is a filled one: the price marks equity, and no order fills at it. */
    filled: boolean("filled").notNull().default(false),
    /** Where the quote came from; null where it was made from a candle. */
    venue: text("venue"),
  },
  (t) => [
    primaryKey({ columns: [t.roundId, t.symbol] }),
    check("quotes_spread", sql`${t.bid} > 0 and ${t.bid} <= ${t.mid} and ${t.mid} <= ${t.ask}`),
  ],
);

/**
 * What a venue sent for a round that did not trade on it, or traded on it only after another venue was asked: the evidence of
 * every skipped round and every fallback. `round` has no row yet while the venue is still asked.
 */
export const marketReceipts = pgTable(
  "market_receipts",
  {
    tournamentId: uuid("tournament_id")
      .notNull()
      .references(() => tournaments.id, { onDelete: "cascade" }),
    round: integer("round").notNull(),
    /** snapshot or quote. */
    phase: text("phase").notNull(),
    venue: text("venue").notNull(),
    /** market.stale or market.doubtful. */
    code: text("code").notNull(),
    /** Says the same for the same kind of trouble: rounds are grouped by it. */
    reason: text("reason").notNull(),
    /** What is wrong, with symbols and numbers. */
    sentence: text("sentence").notNull(),
    received: json<Json>("received").notNull(),
    receivedAt: time("received_at").notNull().default(now),
  },
  (t) => [
    primaryKey({ columns: [t.tournamentId, t.round, t.phase, t.venue] }),
    check("market_receipts_phase", sql`${t.phase} in ('snapshot', 'quote')`),
    check("market_receipts_code", sql`${t.code} in ('market.stale', 'market.doubtful')`),
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
