/**
 * Inserts a candle source that has no candles yet; one that is there already stays as it is.
 * `last_open_at` is one interval before the first candle: "complete up to before the first".
 */
import type { Query } from "../query.ts";
import type { CandleSource } from "./candle-source-read.ts";

export interface NewCandleSource {
  readonly id: string;
  readonly kind: CandleSource["kind"];
  readonly name: string;
  readonly symbols: readonly string[];
  readonly intervalSeconds: number;
  /** Epoch milliseconds. */
  readonly firstOpenAt: number;
  readonly state: Readonly<Record<string, unknown>> | null;
}

export async function insertCandleSource(query: Query, source: NewCandleSource): Promise<void> {
  await query(
    `insert into candle_sources (id, kind, name, symbols, interval_seconds, first_open_at, last_open_at, state)
     values ($1, $2, $3, array(select jsonb_array_elements_text($4::jsonb)), $5, $6, $7, $8::jsonb)
     on conflict (id) do nothing`,
    [
      source.id,
      source.kind,
      source.name,
      JSON.stringify(source.symbols),
      source.intervalSeconds,
      new Date(source.firstOpenAt).toISOString(),
      new Date(source.firstOpenAt - source.intervalSeconds * 1_000).toISOString(),
      source.state === null ? null : JSON.stringify(source.state),
    ],
  );
}
