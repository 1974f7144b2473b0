/** What is known of markets: stored candles with their sources, and the venues that are called. */
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
  uuid,
} from "drizzle-orm/pg-core";
import { type Json, json, now, time } from "./columns.ts";

export const candleSources = pgTable(
  "candle_sources",
  {
    /** 'synthetic:<hash>', 'files:<hash of the content>', or of a venue '<venue>:<seconds>', which all its tournaments share. */
    id: text("id").primaryKey(),
    kind: text("kind").notNull(),
    name: text("name").notNull(),
    symbols: text("symbols").array().notNull(),
    intervalSeconds: integer("interval_seconds").notNull(),
    /** Seconds of market time in one real second. At 60, a candle of 5 s covers 5 minutes of market time. */
    marketClock: integer("market_clock").notNull().default(1),
    firstOpenAt: time("first_open_at").notNull(),
    /** Every symbol has every candle from first to last. Not of a venue: each of its symbols grows by itself, and this is the newest candle of any. */
    lastOpenAt: time("last_open_at").notNull(),
    /** Synthetic: the generator's state after the last candle. */
    state: json<Json>("state"),
    /** False while candles still come in. Nobody sees such a source: a replay on it would end in a hole. */
    whole: boolean("whole").notNull().default(true),
    /** What the import did with its files: src/candles/report.ts. Null for sources without an import. */
    report: json<Json>("report"),
    createdAt: time("created_at").notNull().default(now),
  },
  (t) => [
    check("candle_sources_kind", sql`${t.kind} in ('synthetic', 'files', 'coinbase', 'kraken', 'binance')`),
    check("candle_sources_interval", sql`${t.intervalSeconds} > 0`),
    check("candle_sources_clock", sql`${t.marketClock} > 0`),
  ],
);

/**
 * Uploads that are under way, one a symbol of a source. A row ends with its upload; cleanup_old_results removes rows that
 * nobody touches any more, and the candles that came with them.
 */
export const candleUploads = pgTable(
  "candle_uploads",
  {
    sourceId: text("source_id")
      .notNull()
      .references(() => candleSources.id, { onDelete: "cascade" }),
    symbol: text("symbol").notNull(),
    /** Names the request that uploads. No other request can write to the symbol. */
    token: uuid("token").notNull(),
    touchedAt: time("touched_at").notNull().default(now),
  },
  (t) => [primaryKey({ columns: [t.sourceId, t.symbol] })],
);

/** Text of an upload that waits to be sorted. It goes with the upload. */
export const candleUploadPieces = pgTable(
  "candle_upload_pieces",
  {
    sourceId: text("source_id").notNull(),
    symbol: text("symbol").notNull(),
    /** From 0, in the order of the text. */
    number: integer("number").notNull(),
    text: text("text").notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.sourceId, t.symbol, t.number] }),
    foreignKey({
      name: "candle_upload_pieces_upload_fk",
      columns: [t.sourceId, t.symbol],
      foreignColumns: [candleUploads.sourceId, candleUploads.symbol],
    }).onDelete("cascade"),
  ],
);

/**
 * Keys of synthetic markets, so that nobody can foretell the prices. A table of its own keeps the key out of every row
 * that an answer shows or that an error of PostgreSQL quotes.
 */
export const marketKeys = pgTable("market_keys", {
  sourceId: text("source_id")
    .primaryKey()
    .references(() => candleSources.id, { onDelete: "cascade" }),
  /** 128 random bits in hex. Read by the generator, and by the opening of an ended tournament. */
  key: text("key").notNull(),
  /** SHA-256 of key and seed, public from the start: markets/market-key.ts. */
  commitment: text("commitment").notNull(),
});

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
    /** Nobody traded: the candle stands at the last close with volume 0. No order fills at its price. */
    filled: boolean("filled").notNull().default(false),
  },
  (t) => [
    primaryKey({ columns: [t.sourceId, t.symbol, t.openAt] }),
    check(
      "candles_prices",
      // NaN is above Infinity to PostgreSQL, so the last condition refuses both.
      sql`${t.low} > 0 and ${t.low} <= least(${t.open}, ${t.close}) and ${t.high} >= greatest(${t.open}, ${t.close}) and ${t.high} < 'Infinity'`,
    ),
  ],
);

/** What is known of a venue's address. A venue that was never asked has no row. */
export const venueStates = pgTable("venue_states", {
  venue: text("venue").primaryKey(),
  /** Nobody calls it before. */
  blockedUntil: time("blocked_until").notNull(),
  /** Its clock less ours. */
  clockSkewMs: doublePrecision("clock_skew_ms"),
  /** What it counts of our calls, where it says so. */
  usedWeight: integer("used_weight"),
  /** When it last answered, when a call last failed, and when its list was read. */
  answeredAt: time("answered_at"),
  failedAt: time("failed_at"),
  listedAt: time("listed_at"),
});

/** The pairs of a venue's list, as it was read last. */
export const venueSymbols = pgTable(
  "venue_symbols",
  {
    venue: text("venue").notNull(),
    /** In this project's names: BTC-USD. */
    symbol: text("symbol").notNull(),
    /** What calls name it by. */
    id: text("id").notNull(),
    /** The names under which answers may hold it. */
    keys: json<string[]>("keys").notNull(),
    /** The venue's own word. */
    status: text("status").notNull(),
    tradable: boolean("tradable").notNull(),
    volumeStep: text("volume_step"),
  },
  (t) => [primaryKey({ columns: [t.venue, t.symbol] })],
);

/** Calls of a venue that failed, and candles that it changed. Kept as long as failed tasks. */
export const venueFaults = pgTable(
  "venue_faults",
  {
    id: uuid("id").primaryKey().default(sql`gen_random_uuid()`),
    venue: text("venue").notNull(),
    at: time("at").notNull().default(now),
    /** A FaultKind of src/markets/venues/faults.ts. */
    kind: text("kind").notNull(),
    code: text("code").notNull(),
    reason: text("reason").notNull(),
    status: integer("status"),
    /** The beginning of what was received. */
    excerpt: text("excerpt").notNull(),
    path: text("path").notNull(),
  },
  (t) => [index("venue_faults_by_time").on(t.at), index("venue_faults_by_venue").on(t.venue, t.at)],
);
