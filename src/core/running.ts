/**
 * Figures that an equity point carries along, so that no leaderboard scans history. The same as the direct ones of
 * metrics.ts over the whole run.
 */
import { simpleReturn } from "./metrics.ts";
import { decimal, text } from "./money.ts";

/** Columns of equity_points. The count, mean and sum of squared deviations are Welford's, over simple returns. */
export interface Running {
  /** Decimal text. */
  readonly equity: string;
  /** Decimal text. */
  readonly peak: string;
  readonly maxDrawdown: number;
  readonly count: number;
  readonly mean: number;
  readonly m2: number;
}

/** Before round 0, at the starting cash. */
export function startRunning(startingCash: string): Running {
  const equity = text(decimal(startingCash));
  return { equity, peak: equity, maxDrawdown: 0, count: 0, mean: 0, m2: 0 };
}

export function nextRunning(running: Running, equity: string): Running {
  const value = decimal(equity);
  const peak = value.gt(decimal(running.peak)) ? text(value) : running.peak;
  const change = simpleReturn(Number(running.equity), Number(equity));
  const count = running.count + 1;
  const delta = change - running.mean;
  const mean = running.mean + delta / count;
  return {
    equity: text(value),
    peak,
    maxDrawdown: Number(peak) > 0 ? Math.min(running.maxDrawdown, Number(equity) / Number(peak) - 1) : 0,
    count,
    mean,
    m2: running.m2 + delta * (change - mean),
  };
}
