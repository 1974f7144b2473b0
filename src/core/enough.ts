/**
 * From when on a figure says something. Below, pages and commands leave it out: a yearly Sharpe ratio from some minutes is a
 * number of chance, and so is a win rate of one trade.
 */

const SHARPE_ROUNDS_MIN = 30;
/** In days of the market's time. After one day the standard error of a yearly Sharpe ratio is still 19. */
const SHARPE_DAYS_MIN = 1;
const WIN_RATE_TRADES_MIN = 5;

/** `rounds`: how many returns there are. `market_days`: how much of the market's time they cover. */
interface Span {
  readonly rounds: number;
  readonly market_days: number;
}

/** 30 rounds that cover a day of the market's time. */
export function sharpeIsShown({ rounds, market_days }: Span): boolean {
  return rounds >= SHARPE_ROUNDS_MIN && market_days >= SHARPE_DAYS_MIN;
}

export function winRateIsShown(closedTrades: number): boolean {
  return closedTrades >= WIN_RATE_TRADES_MIN;
}
