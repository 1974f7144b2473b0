/** Where an entry stands now: the performance that results carry, marked at the newest prices, with the sums behind it. */
import { finite, periodsPerYear, sharpeFromRunning, winRate } from "../core/metrics.ts";
import type { Query } from "../db/query.ts";
import { readStanding, type StandingRow } from "../db/statements/api-entry-standing.ts";
import type { Performance } from "../rounds/performance.ts";

export interface Stats extends Omit<Performance, "max_drawdown"> {
  /** Null for an entry that joined after the last settled round. */
  readonly max_drawdown: number | null;
  readonly closed_trades: number;
  readonly realized_profit: string;
}

/** Null when there is no such entry. */
export async function readStats(query: Query, entryId: string): Promise<Stats | null> {
  const row = await readStanding(query, entryId);
  return row && { ...performanceOf(row), closed_trades: row.closed_trades, realized_profit: row.realized_profit };
}

function performanceOf(row: StandingRow): Omit<Stats, "closed_trades" | "realized_profit"> {
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
  row: Pick<StandingRow, "returns_count" | "returns_mean" | "returns_m2">,
  intervalSeconds: number,
): number | null {
  const { returns_count: count, returns_mean: mean, returns_m2: m2 } = row;
  if (count === null || mean === null || m2 === null) return null;
  return finite(sharpeFromRunning({ count, mean, m2 }, periodsPerYear(intervalSeconds)));
}
