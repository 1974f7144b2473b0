/**
 * Appends the next candles of every symbol to a source and moves its `last_open_at`, in one statement. The guard is
 * the previous `last_open_at`: when two writers compete, one moves it and the other writer inserts nothing.
 */
import type { Candle } from "../../../core/candle.ts";
import type { Query } from "../../query.ts";

/** The most rows of one statement: a few hundred KB of JSON, which take some ten milliseconds. */
export const MAX_CANDLES_A_STATEMENT = 2_000;

export interface CandleAppend {
  readonly sourceId: string;
  /** Epoch milliseconds: the source's end as the caller read it, and its end after these rows. */
  readonly previousLastOpenAt: number;
  readonly lastOpenAt: number;
  /** Every symbol's candles of the times in between; at most MAX_CANDLES_A_STATEMENT. */
  readonly candles: readonly (Candle & { readonly symbol: string })[];
  /** The generator's state after these candles. Null keeps the stored state. */
  readonly state: Readonly<Record<string, unknown>> | null;
}

/** False when another writer was faster: read the source again. */
export async function appendCandles(query: Query, append: CandleAppend): Promise<boolean> {
  const rows = await query<{ moved: boolean }>(
    `with moved as (
       update candle_sources set last_open_at = $3, state = coalesce($4::jsonb, state)
        where id = $1 and last_open_at = $2
       returning id
     ), inserted as (
       insert into candles (source_id, symbol, open_at, open, high, low, close, volume, filled)
       select moved.id, c.symbol, to_timestamp(c.t / 1000.0), c.o, c.h, c.l, c.c, c.v, coalesce(c.f, false)
         from moved, jsonb_to_recordset($5::jsonb)
           as c (symbol text, t bigint, o numeric, h numeric, l numeric, c numeric, v numeric, f boolean)
       on conflict (source_id, symbol, open_at) do nothing
     )
     select exists (select 1 from moved) as moved`,
    [
      append.sourceId,
      new Date(append.previousLastOpenAt).toISOString(),
      new Date(append.lastOpenAt).toISOString(),
      append.state === null ? null : JSON.stringify(append.state),
      JSON.stringify(
        append.candles.map(({ symbol, openAt, open, high, low, close, volume, filled }) => ({
          symbol,
          t: openAt,
          o: open,
          h: high,
          l: low,
          c: close,
          v: volume,
          ...(filled ? { f: true } : {}),
        })),
      ),
    ],
  );
  return rows[0]?.moved === true;
}
