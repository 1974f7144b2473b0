/** Agents that think by a language model: what they may spend, and every step that they took. */
import { sql } from "drizzle-orm";
import {
  bigint,
  boolean,
  check,
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

const count = (name: string) => bigint(name, { mode: "number" }).notNull().default(0);
const dollars = (name: string) => numeric(name).notNull().default("0");

/** What an entry has spent, and what is reserved for the step under way. One row an entry that has sent a step. */
export const modelAccounts = pgTable(
  "model_accounts",
  {
    entryId: uuid("entry_id")
      .primaryKey()
      .references(() => entries.id),
    /** Spent in all rounds. */
    usd: dollars("usd"),
    calls: count("calls"),
    inputTokens: count("input_tokens"),
    outputTokens: count("output_tokens"),
    /** The newest round with a step. The next three belong to it: reserved, and spent with what is reserved. */
    roundId: uuid("round_id").notNull(),
    heldUsd: dollars("held_usd"),
    roundUsd: dollars("round_usd"),
    roundTokens: count("round_tokens"),
  },
  () => [check("model_accounts_spent", sql`usd >= 0 and calls >= 0 and input_tokens >= 0 and output_tokens >= 0`)],
);

/** Each sending of a step to a provider. */
export const modelSteps = pgTable(
  "model_steps",
  {
    roundId: uuid("round_id")
      .notNull()
      .references(() => rounds.id),
    entryId: uuid("entry_id")
      .notNull()
      .references(() => entries.id),
    /** From 0: the request of the decision. An attempt is one sending of it. */
    step: smallint("step").notNull(),
    attempt: smallint("attempt").notNull(),
    /** reserved: it was sent, and nothing is known of it yet. */
    state: text("state").notNull(),
    model: text("model").notNull(),
    requestHash: text("request_hash").notNull(),
    /** The request by the hashes of its texts: rounds/models/request-parts.ts. */
    request: json<Json>("request").notNull(),
    reservedTokens: bigint("reserved_tokens", { mode: "number" }).notNull(),
    /** Null: the model's price is unknown. */
    reservedUsd: numeric("reserved_usd"),
    answerHash: text("answer_hash"),
    /** HTTP status. */
    status: smallint("status"),
    code: text("code"),
    detail: text("detail"),
    finishReason: text("finish_reason"),
    inputTokens: integer("input_tokens").notNull().default(0),
    outputTokens: integer("output_tokens").notNull().default(0),
    usd: numeric("usd"),
    /** The provider did not count its tokens. */
    estimated: boolean("estimated").notNull().default(false),
    latencyMs: integer("latency_ms"),
    sentAt: time("sent_at").notNull().default(now),
    answeredAt: time("answered_at"),
  },
  (t) => [
    primaryKey({ columns: [t.roundId, t.entryId, t.step, t.attempt] }),
    index("model_steps_by_time").on(t.sentAt),
    check("model_steps_state", sql`${t.state} in ('reserved', 'answered', 'failed')`),
  ],
);

/** Texts of requests and answers, each once, by SHA-256. */
export const modelContents = pgTable(
  "model_contents",
  {
    hash: text("hash").primaryKey(),
    content: text("content").notNull(),
    /** When a step last used it, to the hour. */
    usedAt: time("used_at").notNull().default(now),
  },
  (t) => [index("model_contents_by_use").on(t.usedAt)],
);
