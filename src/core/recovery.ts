/** The objective of recoveries, and what is used up of its error budget. Pure. */
import { limits } from "./limits.ts";

/** Why an agent was recovered: by hand, by recover_crashed_agents, by its object's own alarm; a lost lease; a decision sent again. */
export const recoveryCauses = ["operator", "stale", "alarm", "lease", "resent"] as const;
export type RecoveryCause = (typeof recoveryCauses)[number];

/** The share that met the objective; null where nothing was measured. */
export function metShare(met: number, missed: number): number | null {
  return met + missed === 0 ? null : met / (met + missed);
}

/**
 * The used part of the error budget: the share that missed by the share that may. 0: none, 1: all of it, above: more
 * than there is. Without a recovery nothing is used.
 */
export function burn(met: number, missed: number, target: number = limits.recoveryTargetShare): number {
  if (met + missed === 0) return 0;
  // Through whole per cents, or 1 of 100 would be 1.0000000000000009 of the budget.
  return missed / ((met + missed) * (Math.round((1 - target) * 1e6) / 1e6));
}
