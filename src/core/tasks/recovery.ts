/** The objective of recoveries, and how much of its error budget is used up. Pure. */
import { limits } from "../limits.ts";

/** Why an agent was recovered, by what found the fault: an operator, recover_crashed_agents, its object's alarm, a lost lease, a decision sent again. */
export const recoveryCauses = ["operator", "stale", "alarm", "lease", "resent"] as const;
export type RecoveryCause = (typeof recoveryCauses)[number];

/**
 * How a recovery ended. back: the agent decides again. lost: it missed its round by a fault of the platform. own: it missed
 * its round by its own time or failures, or by an operator. let_go: it owes no decision any more. The last two do not count
 * for the objective.
 */
export const recoveryFates = ["under_way", "back", "lost", "own", "let_go"] as const;
export type RecoveryFate = (typeof recoveryFates)[number];

/** The share of recoveries that met the objective; null without any. */
export function metShare(met: number, missed: number): number | null {
  return met + missed === 0 ? null : met / (met + missed);
}

/**
 * How much of the error budget is used: the share that missed the objective, divided by the share that may miss it. At 1 the
 * budget is used up. Without a recovery it is 0.
 */
export function burn(met: number, missed: number, target: number = limits.recoveryTargetShare): number {
  if (met + missed === 0) return 0;
  // Rounded first: with the float 1 − 0.99, one miss in 100 would be 1.0000000000000009 of the budget.
  return missed / ((met + missed) * (Math.round((1 - target) * 1e6) / 1e6));
}
