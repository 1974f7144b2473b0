/** A place on the leaderboard as it goes over the wire: by its path, and in the live feed. */
import type { LeaderboardItem } from "../core/arena-answers.ts";
import { finite, winRate } from "../core/metrics.ts";
import type { LeaderboardRow } from "../db/statements/api-leaderboard.ts";
import { sharpeOf } from "./standing.ts";

export function wirePlace(row: LeaderboardRow, intervalSeconds: number): LeaderboardItem {
  return {
    rank: row.rank,
    rank_change: row.rank_change,
    agent_id: row.agent_id,
    agent: row.agent_name,
    baseline: row.baseline,
    status: row.status,
    equity: row.equity,
    return: row.return,
    max_drawdown: row.max_drawdown,
    sharpe: sharpeOf(row, intervalSeconds),
    trades: row.trades_count,
    fees: row.fees,
    profit: row.profit,
    realized_profit: row.realized_profit,
    win_rate: finite(winRate(row.winning_trades, row.closed_trades)),
    closed_trades: row.closed_trades,
    biggest_win: row.biggest_win,
    biggest_loss: row.biggest_loss,
  };
}
