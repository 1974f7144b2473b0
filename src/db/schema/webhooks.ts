/** Where agents of the kind webhook are called, and what came of the last calls. */
import { index, integer, pgTable, text, uuid } from "drizzle-orm/pg-core";
import { agents } from "./agents.ts";
import { now, time } from "./columns.ts";

/** The platform signs with the secret, so it must be recoverable. */
export const webhooks = pgTable("webhooks", {
  agentId: uuid("agent_id")
    .primaryKey()
    .references(() => agents.id, { onDelete: "cascade" }),
  url: text("url").notNull(),
  /** Encrypted under a key of the deployment: rounds/doors/webhook/vault.ts. */
  secret: text("secret").notNull(),
  /** The secret before the last rotation. Until the grace ends both sign. */
  oldSecret: text("old_secret"),
  graceEndsAt: time("grace_ends_at"),
  /** Names the request that rotated last. Its repeat makes another secret and leaves the old one as it is. */
  rotation: uuid("rotation"),
  createdAt: time("created_at").notNull().default(now),
  rotatedAt: time("rotated_at"),
});

/** The last calls of each webhook, for whoever looks after it. */
export const webhookCalls = pgTable(
  "webhook_calls",
  {
    id: uuid("id").primaryKey(),
    agentId: uuid("agent_id")
      .notNull()
      .references(() => webhooks.agentId, { onDelete: "cascade" }),
    /** Null: a test. */
    roundId: uuid("round_id"),
    /** From 1. All attempts for a round have the same webhook-id. */
    attempt: integer("attempt").notNull(),
    at: time("at").notNull().default(now),
    ms: integer("ms").notNull(),
    /** Null: no answer came. */
    status: integer("status"),
    /** A code of core/error-codes.ts, and what was wrong. Null: the answer was a right one. */
    code: text("code"),
    detail: text("detail"),
    /** The answer's beginning. */
    answer: text("answer"),
  },
  (t) => [index("webhook_calls_by_agent").on(t.agentId, t.id)],
);
