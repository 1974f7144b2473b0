/** GET /tournaments/{id}/leaderboard and agents. */
import { Hono } from "hono";
import { z } from "zod";
import { CodedError } from "../core/error-codes.ts";
import { readLeaderboard } from "../db/statements/api-leaderboard.ts";
import { readLeaderboardAt } from "../db/statements/api-leaderboard-at.ts";
import { type EntryRow, listEntries } from "../db/statements/api-list-entries.ts";
import { readRound } from "../db/statements/api-read-round.ts";
import type { HttpEnv } from "./context.ts";
import { wholeNumberQuery } from "./fields.ts";
import { idOf, queryOf } from "./inputs.ts";
import { wirePlace } from "./leaderboard-wire.ts";
import { idKey, page, pageFields, pageQuery, readCursor } from "./paging.ts";
import { requireTournament } from "./tournament-wire.ts";

const boardKey = z.tuple([z.string().regex(/^\d{1,30}(\.\d{1,8})?$/), z.string()]);

/** `round`: as it was after that round. */
export const leaderboardQuery = z.strictObject({ ...pageFields, round: wholeNumberQuery(0, 999_999_999).optional() });

export const leaderboardRoutes = new Hono<HttpEnv>()
  .get("/tournaments/:id/leaderboard", queryOf(leaderboardQuery), idOf("tournament.not_found"), async (c) => {
    const { limit, cursor, round } = c.req.valid("query");
    const { query } = c.get("deps");
    const tournament = await requireTournament(query, c.req.valid("param").id);
    if (round !== undefined && !(await readRound(query, tournament.id, round))) throw new CodedError("round.not_found");
    const list = `leaderboard ${tournament.id}${round === undefined ? "" : ` ${round}`}`;
    const after = readCursor(cursor, list, boardKey);
    const rows =
      round === undefined
        ? await readLeaderboard(query, tournament.id, after, limit + 1)
        : await readLeaderboardAt(query, tournament.id, round, after, limit + 1);
    return c.json(
      page(
        rows,
        limit,
        list,
        (row) => [row.equity, row.agent_name],
        (row) => wirePlace(row, tournament.interval_seconds),
      ),
    );
  })
  .get("/tournaments/:id/agents", queryOf(pageQuery), idOf("tournament.not_found"), async (c) => {
    const { limit, cursor } = c.req.valid("query");
    const { query } = c.get("deps");
    const tournament = await requireTournament(query, c.req.valid("param").id);
    const list = `entries ${tournament.id}`;
    const rows = await listEntries(query, tournament.id, readCursor(cursor, list, idKey)?.[0] ?? null, limit + 1);
    const operator = c.get("operator");
    return c.json(
      page(
        rows,
        limit,
        list,
        (row) => [row.id],
        (row) => wireEntry(row, operator),
      ),
    );
  });

/** What an agent is set to is for operators. */
function wireEntry(row: EntryRow, operator: boolean) {
  const { id, agent_name, trades_count, limits, params, thinking_seconds, ...open } = row;
  const settings = operator ? { limits, params, thinking_seconds } : {};
  return { entry_id: id, agent: agent_name, ...open, trades: trades_count, ...settings };
}
