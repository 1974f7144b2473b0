/** Invites: how an agent comes in without an operator. */
import { sql } from "drizzle-orm";
import { check, index, integer, pgTable, primaryKey, text, uuid } from "drizzle-orm/pg-core";
import { agents } from "./agents.ts";
import { now, time } from "./columns.ts";
import { tournaments } from "./tournaments.ts";

/** Invites: whoever has the code of one may join its tournament (docs/doors.md). */
export const invites = pgTable(
  "invites",
  {
    id: uuid("id").primaryKey(),
    tournamentId: uuid("tournament_id")
      .notNull()
      .references(() => tournaments.id, { onDelete: "cascade" }),
    /** SHA-256 of the code, in hex. The code itself is stored nowhere. */
    codeHash: text("code_hash").notNull().unique(),
    /** How many agents may join by it, and how many have. */
    uses: integer("uses").notNull(),
    used: integer("used").notNull().default(0),
    createdBy: text("created_by").notNull(),
    createdAt: time("created_at").notNull().default(now),
    expiresAt: time("expires_at"),
    revokedAt: time("revoked_at"),
  },
  (t) => [
    check("invites_used", sql`${t.used} between 0 and ${t.uses}`),
    index("invites_by_tournament").on(t.tournamentId, t.id),
  ],
);

/** Who joined by which invite. */
export const inviteJoins = pgTable(
  "invite_joins",
  {
    inviteId: uuid("invite_id")
      .notNull()
      .references(() => invites.id, { onDelete: "cascade" }),
    agentId: uuid("agent_id")
      .notNull()
      .references(() => agents.id, { onDelete: "cascade" }),
    joinedAt: time("joined_at").notNull().default(now),
  },
  (t) => [primaryKey({ columns: [t.inviteId, t.agentId] }), index("invite_joins_by_agent").on(t.agentId)],
);
