/** A stored candle as statements read it: its opening time in epoch milliseconds, its numbers as the text that is stored. */
import { z } from "zod";
import type { Candle } from "../../../core/candle.ts";

/** The columns of a candle, for a select from `candles c`. */
export const CANDLE_COLUMNS =
  "agonus_ms(c.open_at) as open_ms, c.open::text, c.high::text, c.low::text, c.close::text, c.volume::text";

const rowSchema = z.object({
  symbol: z.string(),
  open_ms: z.coerce.number(),
  open: z.string(),
  high: z.string(),
  low: z.string(),
  close: z.string(),
  volume: z.string(),
});

/** A row of `symbol` and CANDLE_COLUMNS. */
export function candleOf(row: unknown): { readonly symbol: string; readonly candle: Candle } {
  const { symbol, open_ms, open, high, low, close, volume } = rowSchema.parse(row);
  return { symbol, candle: { openAt: open_ms, open, high, low, close, volume } };
}
