/** Tournaments, and what the server's own check of a finished one found. */
import { sql } from "drizzle-orm";
import { boolean, check, index, integer, numeric, pgTable, text, uuid } from "drizzle-orm/pg-core";
import { agents } from "./agents.ts";
import { type Json, json, now, time } from "./columns.ts";
import { candleSources } from "./markets.ts";

export const tournaments = pgTable(
  "tournaments",
  {
    id: uuid("id").primaryKey(),
    name: text("name").notNull(),
    status: text("status").notNull().default("upcoming"),
    /** 'synthetic' and the venues run live, by the clock; 'replay' runs on stored candles, as fast as it can. */
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
    /** Whose practice it is. Null for a tournament that everybody sees. */
    practiceOf: uuid("practice_of").references(() => agents.id),
    createdAt: time("created_at").notNull().default(now),
    startedAt: time("started_at"),
    /** The last pause and its end: rounds due in between are skipped as 'paused'. */
    pausedAt: time("paused_at"),
    resumedAt: time("resumed_at"),
    endedAt: time("ended_at"),
    /** Why the engine cancelled it, or why it ended before its last round: a code of core/error-codes.ts. Null otherwise. */
    endedReason: text("ended_reason"),
  },
  (t) => [
    check("tournaments_status", sql`${t.status} in ('upcoming', 'live', 'paused', 'completed', 'cancelled')`),
    check("tournaments_market", sql`${t.market} in ('synthetic', 'replay', 'coinbase', 'kraken', 'binance')`),
    check("tournaments_span", sql`${t.endsAt} > ${t.startsAt}`),
    check("tournaments_interval", sql`${t.intervalSeconds} > 0`),
    check("tournaments_starting_cash", sql`${t.startingCash} > 0`),
    index("tournaments_source").on(t.candleSourceId),
    index("tournaments_practice").on(t.practiceOf, t.createdAt).where(sql`practice_of is not null`),
    index("tournaments_active").on(t.status).where(sql`status in ('upcoming', 'live', 'paused')`),
  ],
);

/** What the server's own check of a finished tournament found. There is no row before the check has run. */
export const tournamentChecks = pgTable(
  "tournament_checks",
  {
    tournamentId: uuid("tournament_id")
      .primaryKey()
      .references(() => tournaments.id),
    verdict: text("verdict").notNull(),
    /** SHA-256 of the result's canonical lines (core/tournament-hash.ts). Null for a tournament that is too large. */
    hash: text("hash"),
    /** How many values the ledger compared, and how many of them were wrong. */
    checked: integer("checked").notNull(),
    failures: integer("failures").notNull(),
    checkedAt: time("checked_at").notNull().default(now),
    codeVersion: text("code_version").notNull(),
  },
  (t) => [
    check("tournament_checks_verdict", sql`${t.verdict} in ('exact', 'wrong', 'too_large')`),
    check("tournament_checks_failures", sql`(${t.verdict} = 'wrong') = (${t.failures} > 0)`),
    check("tournament_checks_hash", sql`(${t.verdict} = 'too_large') = (${t.hash} is null)`),
  ],
);

/**
 * Whether an agent has qualified: by the practice that qualified it, or else by its newest one. The practices themselves are
 * deleted after a while; this row stays.
 */
export const qualifications = pgTable("qualifications", {
  agentId: uuid("agent_id")
    .primaryKey()
    .references(() => agents.id, { onDelete: "cascade" }),
  qualified: boolean("qualified").notNull(),
  rounds: integer("rounds").notNull(),
  answered: integer("answered").notNull(),
  late: integer("late").notNull(),
  /** Orders that the rules refused. */
  refused: integer("refused").notNull(),
  /** [{code, count}]: why rounds were missed and orders refused. */
  reasons: json<{ code: string; count: number }[]>("reasons").notNull(),
  at: time("at").notNull(),
});
