/** The `performance` of an entry, as results and stats show it. */
import { finite, periodsPerYear, sharpeFromRunning, winRate } from "../core/metrics.ts";
import { decimal } from "../core/money.ts";
import type { EntryContext } from "../db/statements/decision-context.ts";

export interface Performance {
  readonly equity: string;
  /** A fraction: 0.012 is 1.2 %. */
  readonly return: number;
  readonly rank: number | null;
  readonly max_drawdown: number;
  readonly sharpe: number | null;
  readonly trades: number;
  readonly win_rate: number | null;
  readonly fees: string;
  /** When it joined. */
  readonly since: string;
}

/** From the last settled round's point; before it, the starting cash. */
export function performanceOf(entry: EntryContext, startingCash: string, intervalSeconds: number): Performance {
  const { point } = entry;
  const equity = point?.equity ?? startingCash;
  return {
    equity,
    return: Number(decimal(equity).div(decimal(startingCash)).minus(decimal("1")).toFixed(10)),
    rank: point?.rank ?? null,
    max_drawdown: point?.max_drawdown ?? 0,
    sharpe: point
      ? finite(
          sharpeFromRunning(
            { count: point.returns_count, mean: point.returns_mean, m2: point.returns_m2 },
            periodsPerYear(intervalSeconds),
          ),
        )
      : null,
    trades: entry.trades_count,
    win_rate: finite(winRate(entry.winning_trades, entry.closed_trades)),
    fees: entry.fees,
    since: new Date(entry.joined_at).toISOString(),
  };
}
