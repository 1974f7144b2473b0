/** What entries decided: decisions, their orders, and the trades that the orders became. */
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
  smallint,
  text,
  uuid,
} from "drizzle-orm/pg-core";
import { type Json, json, now, time } from "./columns.ts";
import { entries } from "./entries.ts";
import { rounds } from "./rounds.ts";

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
    /** The entry's version that the decision was made on. */
    version: integer("version").notNull(),
    detailsHash: text("details_hash").notNull(),
    /** SHA-256 of the parsed body of an agent from outside. Null: it came by no door. */
    bodyHash: text("body_hash"),
    decidedAt: time("decided_at").notNull().default(now),
    /** True when only a message that the round had sent again asked for it. Null otherwise, which takes no space. */
    sentAgain: boolean("sent_again"),
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
    /** What an agent from outside sent, as parsed, and by which door. */
    body: json<Json>("body"),
    door: text("door"),
    /** Why an agent holds without having decided: a code of core/error-codes.ts. */
    fault: text("fault"),
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
    /** Sells: proceeds less the cost of the lots that the sale closed. Buys: null. */
    realizedProfit: numeric("realized_profit", { precision: 28, scale: 8 }),
    filledAt: time("filled_at").notNull().default(now),
  },
  (t) => [
    primaryKey({ columns: [t.roundId, t.entryId, t.seq] }),
    foreignKey({
      columns: [t.roundId, t.entryId, t.seq],
      foreignColumns: [orders.roundId, orders.entryId, orders.seq],
    }),
    // Lists read this index backwards, newest first. drizzle's `.desc()` adds NULLS LAST, which `order by id desc`
    // can't use.
    index("trades_by_entry").on(t.entryId, t.id),
    // An entry's best and worst trade are the two ends of this index.
    index("trades_closed").on(t.entryId, t.realizedProfit).where(sql`realized_profit is not null`),
    index("trades_by_tournament").on(t.tournamentId, t.id),
    check("trades_quantity", sql`${t.quantity} > 0`),
    check("trades_fee", sql`${t.fee} >= 0`),
  ],
);
