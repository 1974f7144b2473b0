/** An entry's performance now, valued at the newest prices, with the sums behind it. */
import { finite, winRate } from "../../core/metrics.ts";
import { type Performance, sharpeOf, spanOf } from "../../core/performance.ts";
import type { Query } from "../../db/query.ts";
import { readStanding, type StandingRow } from "../../db/statements/entries/standing.ts";

export interface Stats extends Omit<Performance, "max_drawdown"> {
  /** Null for an entry that joined after the last settled round. */
  readonly max_drawdown: number | null;
  readonly closed_trades: number;
  readonly realized_profit: string;
  readonly rounds: number;
  readonly market_days: number;
}

/** Null when there is no such entry. */
export async function readStats(query: Query, entryId: string): Promise<Stats | null> {
  const row = await readStanding(query, entryId);
  if (!row) return null;
  const { closed_trades, realized_profit } = row;
  return { ...standingOf(row), ...spanOf(row, row), closed_trades, realized_profit };
}

function standingOf(row: StandingRow): Omit<Stats, "closed_trades" | "realized_profit" | "rounds" | "market_days"> {
  return {
    equity: row.equity,
    return: row.return,
    rank: row.rank,
    max_drawdown: row.max_drawdown,
    sharpe: sharpeOf(row, row),
    trades: row.trades_count,
    win_rate: finite(winRate(row.winning_trades, row.closed_trades)),
    fees: row.fees,
    since: row.joined_at,
  };
}
