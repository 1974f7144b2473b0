/** The opening prices of the candles that open at one time. */
import { z } from "zod";
import type { Prices } from "../../core/account.ts";
import type { Query } from "../query.ts";

const rowSchema = z.object({ symbol: z.string(), open: z.string() });

/** By symbol, as the text that is stored; a symbol without that candle is absent. `openAt` is epoch milliseconds. */
export async function readOpens(
  query: Query,
  sourceId: string,
  symbols: readonly string[],
  openAt: number,
): Promise<Prices> {
  const rows = await query(
    `select symbol, open::text from candles
      where source_id = $1 and symbol in (select jsonb_array_elements_text($2::jsonb)) and open_at = $3`,
    [sourceId, JSON.stringify(symbols), new Date(openAt).toISOString()],
  );
  return Object.fromEntries(rows.map((row) => rowSchema.parse(row)).map(({ symbol, open }) => [symbol, open]));
}
