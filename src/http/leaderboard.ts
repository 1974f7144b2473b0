/** GET /tournaments/{id}/leaderboard and agents. */
import { Hono } from "hono";
import { z } from "zod";
import { type LeaderboardRow, readLeaderboard } from "../db/statements/api-leaderboard.ts";
import { type EntryRow, listEntries } from "../db/statements/api-list-entries.ts";
import type { HttpEnv } from "./context.ts";
import { pathId } from "./fields.ts";
import { idKey, page, pageQuery, readCursor } from "./paging.ts";
import { sharpeOf } from "./standing.ts";
import { requireTournament } from "./tournament-wire.ts";
import { parseQuery } from "./validation.ts";

export const leaderboardRoutes = new Hono<HttpEnv>();

const boardKey = z.tuple([z.string().regex(/^\d{1,30}(\.\d{1,8})?$/), z.string()]);

leaderboardRoutes.get("/tournaments/:id/leaderboard", async (c) => {
  const { limit, cursor } = parseQuery(c, pageQuery);
  const { query } = c.get("deps");
  const tournament = await requireTournament(query, pathId(c.req.param("id"), "tournament.not_found"));
  const list = `leaderboard ${tournament.id}`;
  const rows = await readLeaderboard(query, tournament.id, readCursor(cursor, list, boardKey), limit + 1);
  return c.json(
    page(
      rows,
      limit,
      list,
      (row) => [row.equity, row.agent_name],
      (row) => wirePlace(row, tournament.interval_seconds),
    ),
  );
});

function wirePlace(row: LeaderboardRow, intervalSeconds: number) {
  return {
    rank: row.rank,
    rank_change: row.rank_change,
    agent_id: row.agent_id,
    agent: row.agent_name,
    baseline: row.baseline,
    equity: row.equity,
    return: row.return,
    max_drawdown: row.max_drawdown,
    sharpe: sharpeOf(row, intervalSeconds),
    trades: row.trades_count,
    fees: row.fees,
  };
}

leaderboardRoutes.get("/tournaments/:id/agents", async (c) => {
  const { limit, cursor } = parseQuery(c, pageQuery);
  const { query } = c.get("deps");
  const tournament = await requireTournament(query, pathId(c.req.param("id"), "tournament.not_found"));
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
