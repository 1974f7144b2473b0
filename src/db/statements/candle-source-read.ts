/** A candle source's row and the database's clock. Null when there is none. */
import { z } from "zod";
import type { Query } from "../query.ts";

/** A row of `candle_sources`. Times are ISO strings. */
export interface CandleSource {
  readonly id: string;
  readonly kind: "synthetic" | "files";
  readonly symbols: readonly string[];
  readonly intervalSeconds: number;
  readonly firstOpenAt: string;
  readonly lastOpenAt: string;
  readonly state: Readonly<Record<string, unknown>> | null;
}

const rowSchema = z.object({
  id: z.string(),
  kind: z.enum(["synthetic", "files"]),
  symbols: z.array(z.string()),
  interval_seconds: z.number(),
  first_open_at: z.string(),
  last_open_at: z.string(),
  state: z.record(z.string(), z.unknown()).nullable(),
  now: z.string(),
});

/** Times are ISO strings; `now` is that of PostgreSQL. */
export async function readCandleSource(
  query: Query,
  id: string,
): Promise<(CandleSource & { readonly now: string }) | null> {
  const rows = await query(
    `select id, kind, symbols, interval_seconds, first_open_at, last_open_at, state, agonus_now() as now
       from candle_sources where id = $1`,
    [id],
  );
  if (rows.length === 0) return null;
  const row = rowSchema.parse(rows[0]);
  return {
    id: row.id,
    kind: row.kind,
    symbols: row.symbols,
    intervalSeconds: row.interval_seconds,
    firstOpenAt: new Date(row.first_open_at).toISOString(),
    lastOpenAt: new Date(row.last_open_at).toISOString(),
    state: row.state,
    now: new Date(row.now).toISOString(),
  };
}
