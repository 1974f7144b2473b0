/** Stored candles that a replay can run on, the newest first: imported ones, and those that a synthetic market has made. */
import type { Query } from "../query.ts";

export type CandleSourceRow = {
  id: string;
  kind: "files" | "synthetic";
  name: string;
  symbols: string[];
  interval_seconds: number;
  first_open_at: string;
  last_open_at: string;
  created_at: string;
};

export interface CandleSourceFilter {
  readonly kinds: readonly CandleSourceRow["kind"][];
  /** Only those behind this one. */
  readonly before: { readonly createdAt: string; readonly id: string } | null;
}

// Times come out by the millisecond, and so they are compared. A source without candles has its last one before its first.
const LIST = `
select id, kind, name, symbols, interval_seconds, first_open_at, last_open_at, s.at as created_at
from candle_sources cross join lateral (select date_trunc('milliseconds', created_at) as at) s
where last_open_at >= first_open_at and kind = any($1::text[])
  and ($2::timestamptz is null or (s.at, id) < ($2, $3))
order by s.at desc, id desc limit $4`;

export async function listCandleSources(
  query: Query,
  { kinds, before }: CandleSourceFilter,
  limit: number,
): Promise<CandleSourceRow[]> {
  return query<CandleSourceRow>(LIST, [kinds, before?.createdAt ?? null, before?.id ?? null, limit]);
}
