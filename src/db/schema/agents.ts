/** Agents, whoever acts for them. */
import { sql } from "drizzle-orm";
import { boolean, check, index, pgTable, text, uuid } from "drizzle-orm/pg-core";
import { type Json, json, now, time } from "./columns.ts";

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
    /** How its decisions come: one of the kinds in core/agents/agent-kinds.ts. */
    kind: text("kind").notNull().default("house"),
    /** A copy of a house agent that plays in one practice alone: it is listed nowhere. */
    practice: boolean("practice").notNull().default(false),
    avatarUrl: text("avatar_url"),
    owner: text("owner"),
    /** {limits?: Partial<Limits>, params?: {…}, thinking_seconds?: number}; hidden from the public. */
    config: json<Json>("config").notNull().default({}),
    createdAt: time("created_at").notNull().default(now),
    updatedAt: time("updated_at").notNull().default(now),
    /** Set by DELETE when the agent has entries, which keep pointing here. */
    archivedAt: time("archived_at"),
  },
  (t) => [
    check("agents_kind", sql`${t.kind} in ('house', 'outside', 'webhook', 'llm')`),
    check("agents_name_length", sql`length(${t.name}) between 1 and 80`),
    // The search matches the name and the id with trigrams: one index serves both.
    index("agents_by_text").using("gin", sql`(name || ' ' || id::text) gin_trgm_ops`),
  ],
);
