/** The `performance` of an entry, as results and stats show it. */
import { finite, periodsPerYear, sharpeFromRunning, winRate } from "./metrics.ts";
import { decimal } from "./money.ts";

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

/** What is kept of an entry's returns from round to round; null before the first settled round. */
interface RunningReturns {
  readonly returns_count: number | null;
  readonly returns_mean: number | null;
  readonly returns_m2: number | null;
}

/** How long a round is, and how fast its market's time goes. */
export interface RoundTime {
  readonly interval_seconds: number;
  readonly market_clock: number;
}

/** Annualised; null while it is undefined, and before the first settled round. */
export function sharpeOf(row: RunningReturns, { interval_seconds, market_clock }: RoundTime): number | null {
  const { returns_count: count, returns_mean: mean, returns_m2: m2 } = row;
  if (count === null || mean === null || m2 === null) return null;
  return finite(sharpeFromRunning({ count, mean, m2 }, periodsPerYear(interval_seconds, market_clock)));
}

/** On how many returns a Sharpe ratio stands, and how many days of the market's time they cover. */
export function spanOf({ returns_count }: RunningReturns, { interval_seconds, market_clock }: RoundTime) {
  const rounds = returns_count ?? 0;
  return { rounds, market_days: (rounds * interval_seconds * market_clock) / 86_400 };
}

/** An entry at the end of a settled round: what it was worth, its rank, and its returns so far. */
export interface EquityPoint extends RunningReturns {
  readonly equity: string;
  readonly rank: number | null;
  readonly max_drawdown: number;
}

/** An entry at one moment, with its sums since it joined. */
export interface Standing {
  /** How the entry stood when the last round was settled. Null while no round has been settled. */
  readonly point: EquityPoint | null;
  readonly trades_count: number;
  readonly closed_trades: number;
  readonly winning_trades: number;
  readonly fees: string;
  readonly joined_at: string;
}

/** Before the first settled round, the entry is worth its starting cash. */
export function performanceOf(
  entry: Standing,
  { starting_cash: startingCash, interval_seconds, market_clock }: RoundTime & { readonly starting_cash: string },
): Performance {
  const { point } = entry;
  const equity = point?.equity ?? startingCash;
  return {
    equity,
    return: Number(decimal(equity).div(decimal(startingCash)).minus(decimal("1")).toFixed(10)),
    rank: point?.rank ?? null,
    max_drawdown: point?.max_drawdown ?? 0,
    sharpe: point ? sharpeOf(point, { interval_seconds, market_clock }) : null,
    trades: entry.trades_count,
    win_rate: finite(winRate(entry.winning_trades, entry.closed_trades)),
    fees: entry.fees,
    since: new Date(entry.joined_at).toISOString(),
  };
}
