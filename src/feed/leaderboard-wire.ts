/** Converts a row of the leaderboard to the form in which the API and the live feed send it. */
import type { LeaderboardItem } from "../api/arena-answers.ts";
import { finite, winRate } from "../core/metrics.ts";
import { type RoundTime, sharpeOf, spanOf } from "../core/performance.ts";
import type { LeaderboardRow } from "../db/statements/tournaments/leaderboard.ts";

export function wirePlace(row: LeaderboardRow, time: RoundTime): LeaderboardItem {
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
    sharpe: sharpeOf(row, time),
    ...spanOf(row, time),
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
