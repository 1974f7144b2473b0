/** The opening prices of the candles that open at one time. */
import { z } from "zod";
import type { Query } from "../../query.ts";

export interface Open {
  /** As the text that is stored. */
  readonly price: string;
  /** The candle is a filled one: nobody traded at its price. */
  readonly filled: boolean;
}

const rowSchema = z.object({ symbol: z.string(), open: z.string(), filled: z.boolean() });

/** By symbol; a symbol without that candle is absent. `openAt` is epoch milliseconds. */
export async function readOpens(
  query: Query,
  sourceId: string,
  symbols: readonly string[],
  openAt: number,
): Promise<Readonly<Record<string, Open>>> {
  const rows = await query(
    `select symbol, open::text, filled from candles
      where source_id = $1 and symbol in (select jsonb_array_elements_text($2::jsonb)) and open_at = $3`,
    [sourceId, JSON.stringify(symbols), new Date(openAt).toISOString()],
  );
  return Object.fromEntries(
    rows.map((row) => rowSchema.parse(row)).map(({ symbol, open, filled }) => [symbol, { price: open, filled }]),
  );
}

const spanRowSchema = rowSchema.extend({ open_ms: z.coerce.number() });

/** As `readOpens`, for each time of `openAts` (epoch milliseconds). A time without any candle is absent. */
export async function readOpensAt(
  query: Query,
  sourceId: string,
  symbols: readonly string[],
  openAts: readonly number[],
): Promise<ReadonlyMap<number, Readonly<Record<string, Open>>>> {
  const rows = await query(
    `select symbol, (extract(epoch from open_at) * 1000)::bigint as open_ms, open::text, filled from candles
      where source_id = $1 and symbol in (select jsonb_array_elements_text($2::jsonb)) and open_at = any($3::timestamptz[])`,
    [sourceId, JSON.stringify(symbols), openAts.map((at) => new Date(at).toISOString())],
  );
  const opens = new Map<number, Record<string, Open>>();
  for (const row of rows) {
    const { symbol, open_ms, open, filled } = spanRowSchema.parse(row);
    const there = opens.get(open_ms) ?? {};
    there[symbol] = { price: open, filled };
    opens.set(open_ms, there);
  }
  return opens;
}
