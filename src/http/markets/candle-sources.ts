/** GET /candle-sources: the stored candles that a replay can run on. Those of synthetic markets are for operators: the name may tell a seed. */
import { Hono } from "hono";
import { z } from "zod";
import { reportNotes } from "../../candles/report.ts";
import { WARM_UP_CANDLES } from "../../core/phases.ts";
import { type CandleSourceRow, listCandleSources } from "../../db/statements/markets/list-candle-sources.ts";
import type { HttpEnv } from "../context.ts";
import { queryOf } from "../request/inputs.ts";
import { pageFields, readPage } from "../request/paging.ts";
import { seesAll } from "../session/caller.ts";

const KINDS = ["files", "synthetic"] as const;
const candleSourceQuery = z.strictObject({ ...pageFields, kind: z.enum(KINDS).optional() });
const key = z.tuple([z.iso.datetime(), z.string()]);

export const candleSourceRoutes = new Hono<HttpEnv>().get("/candle-sources", queryOf(candleSourceQuery), async (c) => {
  const { kind, ...asked } = c.req.valid("query");
  const kinds = (seesAll(c) ? KINDS : (["files"] as const)).filter((known) => kind === undefined || known === kind);
  const sources = await readPage(asked, {
    name: `candle sources ${kinds}`,
    key,
    keyOf: (row: CandleSourceRow) => [row.created_at, row.id],
    read: (at, rows) =>
      listCandleSources(c.get("deps").query, { kinds, before: at && { createdAt: at[0], id: at[1] } }, rows),
    toItem: wireCandleSource,
  });
  return c.json(sources);
});

function wireCandleSource(row: CandleSourceRow) {
  const warmUpMs = WARM_UP_CANDLES * row.interval_seconds * 1000;
  return {
    ...row,
    /** What is remarkable in the report, a clause each. */
    notes: notesOf(row.report),
    /** The earliest start of a replay at the candles' own interval, which needs the warm-up before it. */
    earliest_start_at: new Date(Date.parse(row.first_open_at) + warmUpMs).toISOString(),
  };
}

const count = z.number().default(0);
const isSo = z.boolean().default(false);
const counts = { gaps: count, missing: count, filled: count, duplicates: count, jumps: count };
const leftOut = { swapped_volumes: count, zero_rows: count, open_candles: count };
const series = z.object({ symbol: z.string(), ...counts, ...leftOut, assumed_utc: isSo, sorted: isSo });
const reported = z.object({ series: z.array(series) });

function notesOf(report: CandleSourceRow["report"]): string[] {
  const { data } = reported.safeParse(report);
  return (data?.series ?? []).flatMap(({ symbol, ...found }) => reportNotes(found).map((note) => `${symbol}: ${note}`));
}
