/** GET /candle-sources: the imported candles that replays can run on. Open to all, as what runs on them is. */
import { Hono } from "hono";
import { z } from "zod";
import { listCandleSources } from "../db/statements/api-list-candle-sources.ts";
import type { HttpEnv } from "./context.ts";
import { queryOf } from "./inputs.ts";
import { page, pageFields, readCursor } from "./paging.ts";

export const candleSourceQuery = z.strictObject(pageFields);
const key = z.tuple([z.iso.datetime({ offset: true }), z.string().max(200)]);

export const candleSourceRoutes = new Hono<HttpEnv>().get("/candle-sources", queryOf(candleSourceQuery), async (c) => {
  const { limit, cursor } = c.req.valid("query");
  const list = "candle sources";
  const after = readCursor(cursor, list, key);
  const before = after && { createdAt: after[0], id: after[1] };
  const rows = await listCandleSources(c.get("deps").query, before, limit + 1);
  return c.json(
    page(
      rows,
      limit,
      list,
      (row) => [row.created_at, row.id],
      (row) => row,
    ),
  );
});
