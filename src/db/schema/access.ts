/** Access to the API: keys, sessions, failed tries of a key, and the answers of requests that a caller may repeat. */
import { sql } from "drizzle-orm";
import { type AnyPgColumn, check, index, integer, pgTable, smallint, text, uuid } from "drizzle-orm/pg-core";
import { agents } from "./agents.ts";
import { json, now, time } from "./columns.ts";

/** Access keys (docs/doors.md). The operator key of the deployment is a secret of the Worker and has no row. */
export const keys = pgTable(
  "keys",
  {
    id: uuid("id").primaryKey(),
    role: text("role").notNull(),
    name: text("name").notNull(),
    /** What lists and the audit show: "agonus_", the role, and the first 8 random characters. */
    prefix: text("prefix").notNull(),
    /** SHA-256 of the whole key, in hex. The key itself is stored nowhere. */
    hash: text("hash").notNull().unique(),
    /** The agent that a key of the role agent acts for. */
    agentId: uuid("agent_id").references(() => agents.id, { onDelete: "cascade" }),
    /** The key that a rotation replaced by this one. Revoking that key revokes this one too. */
    replaces: uuid("replaces").references((): AnyPgColumn => keys.id, { onDelete: "cascade" }),
    createdAt: time("created_at").notNull().default(now),
    /** To the minute. */
    lastUsedAt: time("last_used_at"),
    expiresAt: time("expires_at"),
    /** Until when a rotated key still works. */
    graceEndsAt: time("grace_ends_at"),
    revokedAt: time("revoked_at"),
  },
  (t) => [
    check("keys_role", sql`${t.role} in ('viewer', 'agent', 'operator', 'admin')`),
    check("keys_agent", sql`(${t.role} = 'agent') = (${t.agentId} is not null)`),
    index("keys_by_agent").on(t.agentId).where(sql`agent_id is not null`),
    index("keys_replaced").on(t.replaces).where(sql`replaces is not null`),
  ],
);

/**
 * Sessions of browsers. Signing out deletes the row. After a change of the operator key no row is found any more, because
 * token_hash depends on the operator key.
 */
export const sessions = pgTable(
  "sessions",
  {
    /** HMAC-SHA-256 of the cookie's token under the operator key. The token itself is stored nowhere. */
    tokenHash: text("token_hash").primaryKey(),
    /** The key that signed in; every request checks it. Null: the operator key. */
    keyId: uuid("key_id").references(() => keys.id, { onDelete: "cascade" }),
    createdAt: time("created_at").notNull().default(now),
    expiresAt: time("expires_at").notNull(),
  },
  (t) => [
    index("sessions_by_end").on(t.expiresAt),
    index("sessions_by_key").on(t.keyId).where(sql`key_id is not null`),
  ],
);

/** Wrong keys by address. The minute of the count begins with the first wrong key. */
export const wrongKeys = pgTable(
  "wrong_keys",
  {
    address: text("address").primaryKey(),
    since: time("since").notNull().default(now),
    failures: integer("failures").notNull(),
  },
  (t) => [index("wrong_keys_by_age").on(t.since)],
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
