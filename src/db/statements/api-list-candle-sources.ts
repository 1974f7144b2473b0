/** Imported candles that a replay can run on, the newest import first. */
import type { Query } from "../query.ts";

export interface CandleSourceKey {
  readonly createdAt: string;
  readonly id: string;
}

export type CandleSourceRow = {
  id: string;
  name: string;
  symbols: string[];
  interval_seconds: number;
  /** Every symbol has every candle from the first to the last. */
  first_open_at: string;
  last_open_at: string;
  created_at: string;
};

export async function listCandleSources(
  query: Query,
  before: CandleSourceKey | null,
  limit: number,
): Promise<CandleSourceRow[]> {
  return query<CandleSourceRow>(
    `select id, name, symbols, interval_seconds, first_open_at, last_open_at, created_at from candle_sources
     where kind = 'files' and ($1::timestamptz is null or (created_at, id) < ($1, $2))
     order by created_at desc, id desc limit $3`,
    [before?.createdAt ?? null, before?.id ?? null, limit],
  );
}
