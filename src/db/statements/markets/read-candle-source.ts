/** A candle source's row and the database's clock. Null when there is none. */
import { z } from "zod";
import { type VenueName, venueNames } from "../../../core/venue-names.ts";
import type { Query } from "../../query.ts";

/** A row of `candle_sources`. Times are ISO strings. */
export interface CandleSource {
  readonly id: string;
  readonly kind: "synthetic" | "files" | VenueName;
  readonly symbols: readonly string[];
  readonly intervalSeconds: number;
  /** Seconds of market time in one real second. */
  readonly marketClock: number;
  readonly firstOpenAt: string;
  readonly lastOpenAt: string;
  readonly state: Readonly<Record<string, unknown>> | null;
  /** The secret key of the candles, for the generator alone. Null: the seed alone determines the candles. */
  readonly key: string | null;
}

const rowSchema = z.object({
  id: z.string(),
  kind: z.enum(["synthetic", "files", ...venueNames]),
  symbols: z.array(z.string()),
  interval_seconds: z.number(),
  market_clock: z.number(),
  first_open_at: z.string(),
  last_open_at: z.string(),
  state: z.record(z.string(), z.unknown()).nullable(),
  key: z.string().nullable(),
  now: z.string(),
});

/** Times are ISO strings. `now` is PostgreSQL's time. */
export async function readCandleSource(
  query: Query,
  id: string,
): Promise<(CandleSource & { readonly now: string }) | null> {
  const rows = await query(
    `select s.id, s.kind, s.symbols, s.interval_seconds, s.market_clock, s.first_open_at, s.last_open_at, s.state, k.key,
            agonus_now() as now
       from candle_sources s left join market_keys k on k.source_id = s.id where s.id = $1`,
    [id],
  );
  if (rows.length === 0) return null;
  const row = rowSchema.parse(rows[0]);
  return {
    id: row.id,
    kind: row.kind,
    symbols: row.symbols,
    intervalSeconds: row.interval_seconds,
    marketClock: row.market_clock,
    firstOpenAt: new Date(row.first_open_at).toISOString(),
    lastOpenAt: new Date(row.last_open_at).toISOString(),
    state: row.state,
    key: row.key,
    now: new Date(row.now).toISOString(),
  };
}
