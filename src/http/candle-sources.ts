/** GET /candle-sources: the stored candles that a replay can run on. Those of synthetic markets are for operators: the name tells the seed. */
import { Hono } from "hono";
import { z } from "zod";
import { WARM_UP_CANDLES } from "../core/phases.ts";
import { type CandleSourceRow, listCandleSources } from "../db/statements/api-list-candle-sources.ts";
import type { HttpEnv } from "./context.ts";
import { queryOf } from "./inputs.ts";
import { page, pageFields, readCursor } from "./paging.ts";

const KINDS = ["files", "synthetic"] as const;
export const candleSourceQuery = z.strictObject({ ...pageFields, kind: z.enum(KINDS).optional() });
const key = z.tuple([z.iso.datetime(), z.string()]);

export const candleSourceRoutes = new Hono<HttpEnv>().get("/candle-sources", queryOf(candleSourceQuery), async (c) => {
  const { limit, cursor, kind } = c.req.valid("query");
  const kinds = (c.get("operator") ? KINDS : (["files"] as const)).filter(
    (each) => kind === undefined || each === kind,
  );
  const list = `candle sources ${kinds}`;
  const at = readCursor(cursor, list, key);
  const before = at && { createdAt: at[0], id: at[1] };
  const rows = await listCandleSources(c.get("deps").query, { kinds, before }, limit + 1);
  return c.json(page(rows, limit, list, (row) => [row.created_at, row.id], wireCandleSource));
});

function wireCandleSource(row: CandleSourceRow) {
  const warmUpMs = WARM_UP_CANDLES * row.interval_seconds * 1000;
  return {
    ...row,
    /** When round 0 of a replay at the candles' own interval may be due: behind the warm-up. */
    earliest_start_at: new Date(Date.parse(row.first_open_at) + warmUpMs).toISOString(),
  };
}
