/** GET /prices: the last known price by symbol, with its time. Open to all. */
import { Hono } from "hono";
import { z } from "zod";
import { listFilePrices, listPrices } from "../db/statements/api-list-prices.ts";
import type { HttpContext, HttpEnv } from "./context.ts";
import { entryOfAgent } from "./entry-of-agent.ts";
import { uuidField } from "./fields.ts";
import { queryOf } from "./inputs.ts";
import { page, pageFields, readCursor } from "./paging.ts";
import { requireTournament } from "./tournament-wire.ts";

export const priceQuery = z.strictObject({
  ...pageFields,
  tournament_id: uuidField.optional(),
  /** The tournament that the agent plays in. */
  agent_id: uuidField.optional(),
});

export const priceRoutes = new Hono<HttpEnv>().get("/prices", queryOf(priceQuery), async (c) => {
  const { limit, cursor, ...which } = c.req.valid("query");
  const { query } = c.get("deps");
  const tournamentId = await tournamentOf(c, which);
  const live = await listPrices(query, tournamentId);
  const all = live.length === 0 && tournamentId === null ? await listFilePrices(query) : live;
  const list = `prices ${tournamentId}`;
  const after = readCursor(cursor, list, z.tuple([z.string()]))?.[0] ?? "";
  // A market has at most some dozen symbols, so its pages are cut here.
  const rows = all.filter((row) => row.symbol > after).sort((a, b) => (a.symbol < b.symbol ? -1 : 1));
  return c.json(
    page(
      rows,
      limit,
      list,
      (row) => [row.symbol],
      (row) => row,
    ),
  );
});

async function tournamentOf(
  c: HttpContext,
  which: { tournament_id?: string | undefined; agent_id?: string | undefined },
): Promise<string | null> {
  const { query } = c.get("deps");
  if (which.agent_id !== undefined)
    return (await entryOfAgent(query, which.agent_id, which.tournament_id)).tournament_id;
  return which.tournament_id === undefined ? null : (await requireTournament(query, which.tournament_id)).id;
}
