/** The lowest and the highest price of each symbol in a span of stored candles. */
import type { Query } from "../../query.ts";

export type PriceRange = { symbol: string; low: string; high: string };

/** The span is in epoch milliseconds and includes both ends. A symbol without candles in the span is left out. */
export async function readPriceRanges(
  query: Query,
  sourceId: string,
  symbols: readonly string[],
  fromMs: number,
  toMs: number,
): Promise<PriceRange[]> {
  return query<PriceRange>(
    `select symbol, min(low)::text as low, max(high)::text as high from candles
     where source_id = $1 and symbol in (select jsonb_array_elements_text($2::jsonb))
       and open_at between to_timestamp($3::float8 / 1000) and to_timestamp($4::float8 / 1000)
     group by symbol order by symbol`,
    [sourceId, JSON.stringify(symbols), fromMs, toMs],
  );
}
