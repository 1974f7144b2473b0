/** GET /prices: the last known price by symbol, with its time. Open to all. */
import { Hono } from "hono";
import { z } from "zod";
import { listFilePrices, listPrices } from "../../db/statements/markets/list-prices.ts";
import { entryOfAgent } from "../agents/entry-of-agent.ts";
import type { HttpContext, HttpEnv } from "../context.ts";
import { uuidField } from "../request/fields.ts";
import { queryOf } from "../request/inputs.ts";
import { pageFields, readPage, unchanged } from "../request/paging.ts";
import { requireTournament } from "../tournaments/wire.ts";

const priceQuery = z.strictObject({
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
  const prices = await readPage(
    { limit, cursor },
    {
      name: `prices ${tournamentId}`,
      key: z.tuple([z.string()]),
      keyOf: (row: (typeof all)[number]) => [row.symbol],
      // A market has at most some dozen symbols: the statement reads all of them, and the pages are cut here.
      read: async (after) =>
        all.filter((row) => row.symbol > (after?.[0] ?? "")).sort((a, b) => (a.symbol < b.symbol ? -1 : 1)),
      toItem: unchanged,
    },
  );
  return c.json(prices);
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
