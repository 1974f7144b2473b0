/** Stored candles of some symbols over a span of time. */
import type { Candle } from "../../../core/candle.ts";
import type { Query } from "../../query.ts";
import { CANDLE_COLUMNS, candleOf } from "./candle-row.ts";

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
    `select c.symbol, ${CANDLE_COLUMNS}
       from candles c
      where c.source_id = $1 and c.symbol in (select jsonb_array_elements_text($2::jsonb))
        and c.open_at >= $3 and c.open_at < $4
      order by c.symbol, c.open_at`,
    [sourceId, JSON.stringify(symbols), new Date(fromMs).toISOString(), new Date(toMs).toISOString()],
  );
  const window: Record<string, Candle[]> = Object.fromEntries(symbols.map((symbol) => [symbol, []]));
  for (const row of rows) {
    const { symbol, candle } = candleOf(row);
    window[symbol]?.push(candle);
  }
  return window;
}
