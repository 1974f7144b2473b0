/** An entry's performance, in the words of CONTRACT: what a decision's result and /agents/{id}/stats show. */
import { finite, periodsPerYear, sharpeFromRunning, winRate } from "../core/metrics.ts";
import type { Query } from "../db/query.ts";
import { type PerformanceRow, readEntryPerformance } from "../db/statements/entry-performance.ts";

/** Money is decimal text; shares are floats, null while undefined. `since` is when the entry joined. */
export interface Performance {
  readonly equity: string;
  readonly return: number;
  readonly rank: number | null;
  readonly max_drawdown: number | null;
  readonly sharpe: number | null;
  readonly trades: number;
  readonly win_rate: number | null;
  readonly fees: string;
  readonly since: string;
}

export interface Stats extends Performance {
  readonly closed_trades: number;
  readonly realized_profit: string;
}

/** Null when there is no such entry. */
export async function readPerformance(query: Query, entryId: string): Promise<Performance | null> {
  const row = await readEntryPerformance(query, entryId);
  return row && performanceOf(row);
}

/** As readPerformance, with the sums behind it. */
export async function readStats(query: Query, entryId: string): Promise<Stats | null> {
  const row = await readEntryPerformance(query, entryId);
  return row && { ...performanceOf(row), closed_trades: row.closed_trades, realized_profit: row.realized_profit };
}

function performanceOf(row: PerformanceRow): Performance {
  return {
    equity: row.equity,
    return: row.return,
    rank: row.rank,
    max_drawdown: row.max_drawdown,
    sharpe: sharpeOf(row, row.interval_seconds),
    trades: row.trades_count,
    win_rate: finite(winRate(row.winning_trades, row.closed_trades)),
    fees: row.fees,
    since: row.joined_at,
  };
}

/** Annualised; null while it is undefined, and before the first settled round. */
export function sharpeOf(
  row: Pick<PerformanceRow, "returns_count" | "returns_mean" | "returns_m2">,
  intervalSeconds: number,
): number | null {
  const { returns_count: count, returns_mean: mean, returns_m2: m2 } = row;
  if (count === null || mean === null || m2 === null) return null;
  return finite(sharpeFromRunning({ count, mean, m2 }, periodsPerYear(intervalSeconds)));
}
