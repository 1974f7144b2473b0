/** GET /trades, /tournaments/{id}/trades, /agents/{id}/trades: fills, newest first. Open to all. */
import { Hono } from "hono";
import { z } from "zod";
import { CodedError } from "../../core/error-codes.ts";
import { readAgent } from "../../db/statements/agents/read.ts";
import { listTrades } from "../../db/statements/trades/list.ts";
import { entryOfAgent } from "../agents/entry-of-agent.ts";
import type { HttpContext, HttpEnv } from "../context.ts";
import { uuidField } from "../request/fields.ts";
import { idOf, queryOf } from "../request/inputs.ts";
import { ownId, type PageAsked, pageFields, pageQuery, readPageById, unchanged } from "../request/paging.ts";
import { requireTournament } from "../tournaments/wire.ts";

const tradeQuery = z.strictObject({
  ...pageFields,
  agent_id: uuidField.optional(),
  tournament_id: uuidField.optional(),
});
const agentTradeQuery = tradeQuery.omit({ agent_id: true });

export const tradeRoutes = new Hono<HttpEnv>()
  .get("/trades", queryOf(tradeQuery), async (c) => {
    const { agent_id, tournament_id, ...asked } = c.req.valid("query");
    const { query } = c.get("deps");
    if (tournament_id !== undefined) await requireTournament(query, tournament_id);
    if (agent_id !== undefined && !(await readAgent(query, agent_id))) throw new CodedError("agent.not_found");
    return c.json(await tradePage(c, { tournamentId: tournament_id ?? null, agentId: agent_id ?? null }, asked));
  })
  .get("/tournaments/:id/trades", queryOf(pageQuery), idOf("tournament.not_found"), async (c) => {
    const { id } = await requireTournament(c.get("deps").query, c.req.valid("param").id);
    return c.json(await tradePage(c, { tournamentId: id, agentId: null }, c.req.valid("query")));
  })
  .get("/agents/:id/trades", queryOf(agentTradeQuery), idOf("agent.not_found"), async (c) => {
    const { tournament_id, ...asked } = c.req.valid("query");
    const { id: agentId } = c.req.valid("param");
    const entry = await entryOfAgent(c.get("deps").query, agentId, tournament_id);
    return c.json(await tradePage(c, { tournamentId: entry.tournament_id, agentId }, asked));
  });

/** The same filters have the same cursors, whichever path they came by. */
async function tradePage(
  c: HttpContext,
  filter: { tournamentId: string | null; agentId: string | null },
  asked: PageAsked,
) {
  return readPageById(asked, {
    name: `trades ${filter.tournamentId} ${filter.agentId}`,
    idOf: ownId,
    read: (before, limit) => listTrades(c.get("deps").query, { ...filter, before, limit }),
    toItem: unchanged,
  });
}
