/** GET /tournaments/{id}/rounds and rounds/{n}. An open round's decisions are secret, or rivals copy them. */
import { Hono } from "hono";
import { z } from "zod";
import { CodedError } from "../../core/error-codes.ts";
import { countOutcomes, readMissed, readRoundDecisions } from "../../db/statements/decisions/of-round.ts";
import { listRounds, type RoundRow } from "../../db/statements/rounds/list.ts";
import { readRound } from "../../db/statements/rounds/read.ts";
import type { HttpEnv } from "../context.ts";
import { roundNumber, uuidField } from "../request/fields.ts";
import { idOf, queryOf } from "../request/inputs.ts";
import { pageQuery, readPage } from "../request/paging.ts";
import { seesAll } from "../session/caller.ts";
import { requireTournament } from "./wire.ts";

/** The most decisions, and the most misses, in one answer. ?agent_id= asks for those of a single agent. */
const DECISIONS_MAX = 1000;

const roundKey = z.tuple([roundNumber]);
const roundQuery = z.strictObject({ agent_id: uuidField.optional() });

export const tournamentRoundRoutes = new Hono<HttpEnv>()
  .get("/tournaments/:id/rounds", queryOf(pageQuery), idOf("tournament.not_found"), async (c) => {
    const { query } = c.get("deps");
    const { id } = await requireTournament(query, c.req.valid("param").id);
    const rounds = await readPage(c.req.valid("query"), {
      name: `rounds ${id}`,
      key: roundKey,
      keyOf: (row: RoundRow) => [String(row.number)],
      read: (before, rows) => listRounds(query, id, before?.[0] ?? null, rows),
      toItem: wireRound,
    });
    return c.json(rounds);
  })
  .get("/tournaments/:id/rounds/:number", queryOf(roundQuery), idOf("tournament.not_found"), async (c) => {
    const { agent_id: agentId = null } = c.req.valid("query");
    const { query } = c.get("deps");
    const { id } = await requireTournament(query, c.req.valid("param").id);
    const number = roundNumber.safeParse(c.req.param("number"));
    const row = number.success ? await readRound(query, id, number.data) : null;
    if (!row) throw new CodedError("round.not_found");
    const frozen = { ...wireRound(row), snapshot: row.snapshot, quote: row.quote, receipts: row.receipts };
    // A scheduled round may open before its decisions are read.
    const hidden = (row.state === "open" || row.state === "scheduled") && !seesAll(c);
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
