/**
 * Inserts a candle source without candles, and its key. A source that exists already stays as it is. `last_open_at`
 * starts one interval before the first candle, which means that no candle is stored yet.
 */
import type { Query } from "../../query.ts";
import type { CandleSource } from "./read-candle-source.ts";

export interface NewCandleSource {
  readonly id: string;
  readonly kind: CandleSource["kind"];
  readonly name: string;
  readonly symbols: readonly string[];
  readonly intervalSeconds: number;
  /** Seconds of market time in one real second. */
  readonly marketClock: number;
  /** Epoch milliseconds. */
  readonly firstOpenAt: number;
  readonly state: Readonly<Record<string, unknown>> | null;
  readonly secret: { readonly key: string; readonly commitment: string } | null;
  /** False while its candles come in: see finishCandleSource. Absent means true. */
  readonly whole?: boolean;
}

export async function insertCandleSource(query: Query, source: NewCandleSource): Promise<void> {
  await query(
    `with made as (
       insert into candle_sources (id, kind, name, symbols, interval_seconds, first_open_at, last_open_at, state, market_clock, whole)
       values ($1, $2, $3, array(select jsonb_array_elements_text($4::jsonb)), $5, $6, $7, $8::jsonb, $9, $12)
       on conflict (id) do nothing returning id)
     insert into market_keys (source_id, key, commitment)
     select id, $10, $11 from made where $10::text is not null`,
    [
      source.id,
      source.kind,
      source.name,
      JSON.stringify(source.symbols),
      source.intervalSeconds,
      new Date(source.firstOpenAt).toISOString(),
      new Date(source.firstOpenAt - source.intervalSeconds * 1_000).toISOString(),
      source.state === null ? null : JSON.stringify(source.state),
      source.marketClock,
      source.secret?.key ?? null,
      source.secret?.commitment ?? null,
      source.whole ?? true,
    ],
  );
}

/** All candles of the source are there: it can be seen from now on. A source that is whole keeps its report. */
export async function finishCandleSource(
  query: Query,
  id: string,
  report: Readonly<Record<string, unknown>>,
): Promise<void> {
  await query(`update candle_sources set whole = true, report = $2::jsonb where id = $1 and not whole`, [
    id,
    JSON.stringify(report),
  ]);
}
