/** The candle sources that a replay can run on, newest first: imported files and synthetic markets. */
import type { Query } from "../../query.ts";

export type CandleSourceRow = {
  id: string;
  kind: "files" | "synthetic";
  name: string;
  symbols: string[];
  interval_seconds: number;
  /** Seconds of market time in one real second. */
  market_clock: number;
  first_open_at: string;
  last_open_at: string;
  /** What its import did with its files. Null for a source without an import. */
  report: Record<string, unknown> | null;
  created_at: string;
};

export interface CandleSourceFilter {
  readonly kinds: readonly CandleSourceRow["kind"][];
  /** Where the page starts: behind this source. Null for the first page. */
  readonly before: { readonly createdAt: string; readonly id: string } | null;
}

// Answers give times in milliseconds, so the cursor compares milliseconds. In a source without candles, last_open_at is
// before first_open_at.
const LIST = `
select id, kind, name, symbols, interval_seconds, market_clock, first_open_at, last_open_at, report, s.at as created_at
from candle_sources cross join lateral (select date_trunc('milliseconds', created_at) as at) s
where whole and last_open_at >= first_open_at and kind = any($1::text[])
  and ($2::timestamptz is null or (s.at, id) < ($2, $3))
order by s.at desc, id desc limit $4`;

export async function listCandleSources(
  query: Query,
  { kinds, before }: CandleSourceFilter,
  limit: number,
): Promise<CandleSourceRow[]> {
  return query<CandleSourceRow>(LIST, [kinds, before?.createdAt ?? null, before?.id ?? null, limit]);
}
