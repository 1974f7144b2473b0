/** Stored candles of some symbols over a span of time. */
import { z } from "zod";
import type { Candle } from "../../strategies/strategy.ts";
import type { Query } from "../query.ts";

const rowSchema = z.object({
  symbol: z.string(),
  open_ms: z.coerce.number(),
  open: z.string(),
  high: z.string(),
  low: z.string(),
  close: z.string(),
  volume: z.string(),
});

/**
 * Candles that open in [`fromMs`, `toMs`), oldest first, by symbol; prices as the text that is stored. A symbol
 * without any has an empty list. Times are epoch milliseconds.
 */
export async function readWindow(
  query: Query,
  sourceId: string,
  symbols: readonly string[],
  fromMs: number,
  toMs: number,
): Promise<Record<string, Candle[]>> {
  const rows = await query(
    `select symbol, (extract(epoch from open_at) * 1000)::bigint as open_ms,
            open::text, high::text, low::text, close::text, volume::text
       from candles
      where source_id = $1 and symbol in (select jsonb_array_elements_text($2::jsonb))
        and open_at >= $3 and open_at < $4
      order by symbol, open_at`,
    [sourceId, JSON.stringify(symbols), new Date(fromMs).toISOString(), new Date(toMs).toISOString()],
  );
  const window: Record<string, Candle[]> = Object.fromEntries(symbols.map((symbol) => [symbol, []]));
  for (const row of rows) {
    const { symbol, open_ms, open, high, low, close, volume } = rowSchema.parse(row);
    window[symbol]?.push({ openAt: open_ms, open, high, low, close, volume });
  }
  return window;
}
