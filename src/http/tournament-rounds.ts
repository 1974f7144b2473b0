/** GET /tournaments/{id}/rounds and rounds/{n}. An open round's decisions are secret, or rivals copy them. */
import { Hono } from "hono";
import { z } from "zod";
import { CodedError } from "../core/error-codes.ts";
import { listRounds, type RoundRow } from "../db/statements/api-list-rounds.ts";
import { readRound } from "../db/statements/api-read-round.ts";
import { countOutcomes, readMissed, readRoundDecisions } from "../db/statements/api-round-decisions.ts";
import type { HttpEnv } from "./context.ts";
import { uuidField } from "./fields.ts";
import { idOf, queryOf } from "./inputs.ts";
import { page, pageQuery, readCursor } from "./paging.ts";
import { requireTournament } from "./tournament-wire.ts";

/** Of decisions, and of misses, in one answer; a single agent's by ?agent_id=. */
const DECISIONS_MAX = 1000;

const roundKey = z.tuple([
  z
    .string()
    .regex(/^\d{1,9}$/)
    .transform(Number),
]);
const roundNumber = z
  .string()
  .regex(/^\d{1,9}$/)
  .transform(Number);
export const roundQuery = z.strictObject({ agent_id: uuidField.optional() });

export const tournamentRoundRoutes = new Hono<HttpEnv>()
  .get("/tournaments/:id/rounds", queryOf(pageQuery), idOf("tournament.not_found"), async (c) => {
    const { limit, cursor } = c.req.valid("query");
    const { query } = c.get("deps");
    const { id } = await requireTournament(query, c.req.valid("param").id);
    const list = `rounds ${id}`;
    const rows = await listRounds(query, id, readCursor(cursor, list, roundKey)?.[0] ?? null, limit + 1);
    return c.json(page(rows, limit, list, (row) => [String(row.number)], wireRound));
  })
  .get("/tournaments/:id/rounds/:number", queryOf(roundQuery), idOf("tournament.not_found"), async (c) => {
    const { agent_id: agentId = null } = c.req.valid("query");
    const { query } = c.get("deps");
    const { id } = await requireTournament(query, c.req.valid("param").id);
    const number = roundNumber.safeParse(c.req.param("number"));
    const row = number.success ? await readRound(query, id, number.data) : null;
    if (!row) throw new CodedError("round.not_found");
    const frozen = { ...wireRound(row), snapshot: row.snapshot, quote: row.quote };
    const hidden = row.state === "open" && !c.get("operator");
    const [counts, decisions, missed] = hidden
      ? [null, [], []]
      : await Promise.all([
          countOutcomes(query, row.id),
          readRoundDecisions(query, row.id, agentId, DECISIONS_MAX),
          readMissed(query, row.id, agentId, DECISIONS_MAX),
        ]);
    const decided = counts ? counts.made + counts.held : row.decided;
    return c.json({ ...frozen, counts: { decided, ...counts }, hidden, decisions, missed });
  });

function wireRound(row: RoundRow) {
  return {
    number: row.number,
    state: row.state,
    due_at: row.due_at,
    deadline_at: row.deadline_at === "infinity" ? null : row.deadline_at,
    opened_at: row.opened_at,
    closed_at: row.closed_at,
    quoted_at: row.quoted_at,
    settled_at: row.settled_at,
    skip_reason: row.skip_reason,
    participants: row.participants,
  };
}
