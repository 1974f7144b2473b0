/**
 * The candles of a venue. One source a venue and interval serves all tournaments, and its symbols grow independently of each
 * other. A symbol's candles are only ever appended: what a round has seen never changes behind it.
 */
import type { Candle } from "../../../core/candle.ts";
import type { Query } from "../../query.ts";
import { CANDLE_COLUMNS, candleOf } from "../markets/candle-row.ts";

const NEWEST = `
select s.symbol, ${CANDLE_COLUMNS}
from jsonb_array_elements_text($2::jsonb) s(symbol)
cross join lateral (select * from candles where source_id = $1 and symbol = s.symbol order by open_at desc limit 1) c`;

/** The newest stored candle of each symbol; a symbol without any is absent. */
export async function newestCandles(
  query: Query,
  sourceId: string,
  symbols: readonly string[],
): Promise<Map<string, Candle>> {
  const rows = await query(NEWEST, [sourceId, JSON.stringify(symbols)]);
  return new Map(rows.map(candleOf).map(({ symbol, candle }) => [symbol, candle]));
}

const APPEND = `
with moved as (
  update candle_sources set last_open_at = greatest(last_open_at,
    (select max(to_timestamp(c.t / 1000.0)) from jsonb_to_recordset($3::jsonb) as c(t bigint))) where id = $1)
insert into candles (source_id, symbol, open_at, open, high, low, close, volume, filled)
select $1, $2, to_timestamp(c.t / 1000.0), c.o, c.h, c.l, c.c, c.v, c.f
from jsonb_to_recordset($3::jsonb) as c(t bigint, o numeric, h numeric, l numeric, c numeric, v numeric, f boolean)
where to_timestamp(c.t / 1000.0) > coalesce(
  (select max(open_at) from candles where source_id = $1 and symbol = $2), '-infinity')
on conflict (source_id, symbol, open_at) do nothing`;

export interface VenueCandle extends Candle {
  /** Nobody traded in it: all four prices are the last close. */
  readonly filled: boolean;
}

/** Appends those candles of one symbol that are newer than all stored ones. */
export async function appendVenueCandles(
  query: Query,
  sourceId: string,
  symbol: string,
  candles: readonly VenueCandle[],
): Promise<void> {
  const rows = candles.map(({ openAt, open, high, low, close, volume, filled }) => ({
    t: openAt,
    o: open,
    h: high,
    l: low,
    c: close,
    v: volume,
    f: filled,
  }));
  await query(APPEND, [sourceId, symbol, JSON.stringify(rows)]);
}
