/** GET /tournaments/{id}/leaderboard and agents. */
import { Hono } from "hono";
import { z } from "zod";
import { CodedError } from "../../core/error-codes.ts";
import { type EntryRow, listEntries } from "../../db/statements/entries/list.ts";
import { readRound } from "../../db/statements/rounds/read.ts";
import { type LeaderboardRow, readLeaderboard } from "../../db/statements/tournaments/leaderboard.ts";
import { readLeaderboardAt } from "../../db/statements/tournaments/leaderboard-at.ts";
import { wirePlace } from "../../feed/leaderboard-wire.ts";
import type { HttpEnv } from "../context.ts";
import { wholeNumberQuery } from "../request/fields.ts";
import { idOf, queryOf } from "../request/inputs.ts";
import { ownId, pageFields, pageQuery, readPage, readPageById } from "../request/paging.ts";
import { seesAll } from "../session/caller.ts";
import { requireTournament } from "./wire.ts";

const boardKey = z.tuple([z.string().regex(/^\d{1,30}(\.\d{1,8})?$/), z.string()]);

/** `round`: the leaderboard as that round left it. */
const leaderboardQuery = z.strictObject({ ...pageFields, round: wholeNumberQuery(0, 999_999_999).optional() });

export const leaderboardRoutes = new Hono<HttpEnv>()
  .get("/tournaments/:id/leaderboard", queryOf(leaderboardQuery), idOf("tournament.not_found"), async (c) => {
    const { round, ...asked } = c.req.valid("query");
    const { query } = c.get("deps");
    const tournament = await requireTournament(query, c.req.valid("param").id);
    if (round !== undefined && !(await readRound(query, tournament.id, round))) throw new CodedError("round.not_found");
    const board = await readPage(asked, {
      name: `leaderboard ${tournament.id}${round === undefined ? "" : ` ${round}`}`,
      key: boardKey,
      keyOf: (row) => [row.equity, row.agent_name],
      read: (after, rows) =>
        round === undefined
          ? readLeaderboard(query, tournament.id, after, rows)
          : readLeaderboardAt(query, tournament.id, round, after, rows),
      toItem: (row: LeaderboardRow) => wirePlace(row, tournament),
    });
    return c.json(board);
  })
  .get("/tournaments/:id/agents", queryOf(pageQuery), idOf("tournament.not_found"), async (c) => {
    const { query } = c.get("deps");
    const operator = seesAll(c);
    const { id } = await requireTournament(query, c.req.valid("param").id);
    const entries = await readPageById(c.req.valid("query"), {
      name: `entries ${id}`,
      idOf: ownId,
      read: (after, rows) => listEntries(query, id, after, rows, operator),
      toItem: (row) => wireEntry(row, operator),
    });
    return c.json(entries);
  });

/** The settings of an entry are for operators. */
function wireEntry(row: EntryRow, operator: boolean) {
  const { id, agent_name, trades_count, limits, params, thinking_seconds, ...open } = row;
  const settings = operator ? { limits, params, thinking_seconds } : {};
  return { entry_id: id, agent: agent_name, ...open, trades: trades_count, ...settings };
}
