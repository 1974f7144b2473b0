/** GET /trades, /tournaments/{id}/trades, /agents/{id}/trades: fills, newest first. Open to all. */
import { Hono } from "hono";
import { z } from "zod";
import { CodedError } from "../core/error-codes.ts";
import { listTrades } from "../db/statements/api-list-trades.ts";
import { readAgent } from "../db/statements/api-read-agent.ts";
import type { HttpContext, HttpEnv } from "./context.ts";
import { entryOfAgent } from "./entry-of-agent.ts";
import { uuidField } from "./fields.ts";
import { idOf, queryOf } from "./inputs.ts";
import { idKey, page, pageFields, pageQuery, readCursor } from "./paging.ts";
import { requireTournament } from "./tournament-wire.ts";

export const tradeQuery = z.strictObject({
  ...pageFields,
  agent_id: uuidField.optional(),
  tournament_id: uuidField.optional(),
});
export const agentTradeQuery = tradeQuery.omit({ agent_id: true });

export const tradeRoutes = new Hono<HttpEnv>()
  .get("/trades", queryOf(tradeQuery), async (c) => {
    const { limit, cursor, agent_id, tournament_id } = c.req.valid("query");
    const { query } = c.get("deps");
    if (tournament_id !== undefined) await requireTournament(query, tournament_id);
    if (agent_id !== undefined && !(await readAgent(query, agent_id))) throw new CodedError("agent.not_found");
    return c.json(
      await tradePage(c, { tournamentId: tournament_id ?? null, agentId: agent_id ?? null }, limit, cursor),
    );
  })
  .get("/tournaments/:id/trades", queryOf(pageQuery), idOf("tournament.not_found"), async (c) => {
    const { limit, cursor } = c.req.valid("query");
    const { id } = await requireTournament(c.get("deps").query, c.req.valid("param").id);
    return c.json(await tradePage(c, { tournamentId: id, agentId: null }, limit, cursor));
  })
  .get("/agents/:id/trades", queryOf(agentTradeQuery), idOf("agent.not_found"), async (c) => {
    const { limit, cursor, tournament_id } = c.req.valid("query");
    const { id: agentId } = c.req.valid("param");
    const entry = await entryOfAgent(c.get("deps").query, agentId, tournament_id);
    return c.json(await tradePage(c, { tournamentId: entry.tournament_id, agentId }, limit, cursor));
  });

/** The same filters have the same cursors, whichever path they came by. */
async function tradePage(
  c: HttpContext,
  filter: { tournamentId: string | null; agentId: string | null },
  limit: number,
  cursor: string | undefined,
) {
  const list = `trades ${filter.tournamentId} ${filter.agentId}`;
  const before = readCursor(cursor, list, idKey)?.[0] ?? null;
  const rows = await listTrades(c.get("deps").query, { ...filter, before, limit: limit + 1 });
  return page(
    rows,
    limit,
    list,
    (row) => [row.id],
    (row) => row,
  );
}
